/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What sources of containers have in common: files that hold others, found by patterns, indexed,
 * their members one element each or several a record. */
#pragma once

#include "ops/op.h"
#include "ops/source/members.h"
#include "ops/source/samples.h"

#include <sys/stat.h>

enum shards_group { SHARDS_MEMBERS, SHARDS_STEM };
enum shards_missing { SHARDS_ERROR, SHARDS_SKIP };

struct shards_args {
    struct strings path;
    int64_t group; /* enum shards_group */
    struct strings fields;
    int64_t missing; /* enum shards_missing */
};

/* The table for these, of any operator that is such a source. */
extern const struct param shards_params[];

/* The attributes that shards_attr() knows. */
#define SHARDS_ATTRS "key", "container", "path", "dir", "parent", "name", "stem", "ext"

/* One container.  Lifetime: the sequence's. */
struct shard {
    char *path;     /* as written, or found by what was; owned */
    char *origin;   /* absolute; owned */
    uint32_t item;  /* which of the patterns found it */
    bool packed;    /* compressed as a whole */
    struct stat st; /* when it was indexed */
    struct members members;
};

/* One kind of container.  Lifetime: static. */
struct shard_kind {
    const char *noun;   /* also the kind of what is kept */
    uint32_t version;   /* of the index */
    bool may_be_packed; /* then such a one is read forward, and all with it */
    /* Collects the members of a container that is open for reading, at its beginning. */
    int (*index)(const struct shard *shard, int fd, struct collected *to, struct fault *f);
    const struct op *column; /* of a field, where members are grouped */
};

/* The self of such a source.  Lifetime: the sequence's. */
struct shards {
    const struct shard_kind *kind;
    struct shard *at; /* owned */
    uint32_t len, cap;
    bool forward;       /* some are compressed: there are no indices */
    bool grouped;       /* elements are records, of samples */
    uint64_t *starts;   /* the number of the first member of each, and of all; owned */
    const char *suffix; /* of all members; NULL = none or differs */
    struct samples samples;
    struct columns columns;
    uint64_t digest[2]; /* of all containers */
};

/* A member.  Lifetime: call. */
struct shard_member {
    const struct shard *shard;
    const struct member *at;
    const char *name; /* as it is in the container */
};

/* As open() and close() of struct op. */
int shards_open(struct seq *s, const struct shard_kind *kind, struct fault *f);
void shards_close(struct seq *s);

/* Of the source, and of its columns: as in struct op. */
struct type shards_type(const struct seq *s, uint64_t i);
bool shards_attr(const struct seq *s, uint64_t i, const char *name, GString *ret);
char *shards_origin(const struct seq *s, uint64_t i);
void shards_identify(const struct call *c, struct digest *d);
/* Of the source alone. */
uint64_t shards_n_parts(const struct seq *s, uint64_t i);
const char *shards_field(const struct seq *s, uint64_t k);
bool shards_part(const struct seq *s, uint64_t i, uint64_t k, const struct seq **ret_s,
                 uint64_t *ret_i);
struct type shards_part_type(const struct seq *s, uint64_t i, uint64_t k);

/* Whether the elements are records, to be made by seq_collect(). */
bool shards_is_record(const struct seq *s);

/* The member that element i is.  Faults: the sample has none of that field, or two.  f may be NULL.
 */
int shards_find(const struct seq *s, uint64_t i, struct fault *f, struct shard_member *ret);

/* Whether the container is the file that was indexed, by a stat(2). */
bool shards_is_unchanged(const struct shard *shard);
/* Opens it, or tells that it is another by now. */
int shards_reopen(const struct shard *shard, struct fault *f, int *ret_fd);
/* To be asked when everything was read: what was read is what was indexed. */
int shards_check(const struct shard *shard, int fd, struct fault *f);

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* From the start of this program to a process that workers can be forked from. */
#include "fs/spawned.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fs/message.h"
#include "fs/names.h"
#include "fs/nursery.h"
#include "fs/process.h"
#include "fs/shelf.h"

enum { AT_WORD = 1, AT_SPEC, AT_DEFINES }; /* in argv */

bool spawned_is_wanted(int argc, char *const *argv)
{
    return argc > AT_WORD && strcmp(argv[AT_WORD], SPAWNED_WORD) == 0;
}

/* While it loads nobody reads what the server says, which is nothing until it is ready: so the end
 * of the server comes as SIGIO, which is deadly. */
static void die_with_server(bool yes)
{
    struct pollfd line = {SPAWNED_SOCKET, POLLIN, 0};
    int flags = fcntl(SPAWNED_SOCKET, F_GETFL);

    fcntl(SPAWNED_SOCKET, F_SETOWN, getpid());
    fcntl(SPAWNED_SOCKET, F_SETFL, yes ? flags | O_ASYNC : flags & ~O_ASYNC);
    if (poll(&line, 1, 0) > 0 && (line.revents & (POLLHUP | POLLERR))) /* before it was asked for */
        _exit(0);
}

/* What a manifest calls the files; other plans need no names here, which may take much memory. */
static int name_files(struct plan *p, struct complaints *c)
{
    static const char *const controls[] = {NULL};
    bool has_manifest = false;
    struct names *names;

    for (uint32_t i = 0; i < plan_n_outputs(p); i++)
        has_manifest = has_manifest || plan_output(p, i)->kind == OUTPUT_MANIFEST;
    if (!has_manifest)
        return 0;
    int r = names_new(p, controls, c, &names);
    if (r == 0)
        names_tell(names, p);
    return r;
}

static int load(char *const *argv, struct fault *f, struct plan **ret)
{
    OWN(complaints_free) struct complaints *c = complaints_new();
    char *said = NULL;
    size_t len = 0;

    if (plan_load(argv[AT_SPEC], argv + AT_DEFINES, NULL, NULL, c, ret) == 0 &&
        name_files(*ret, c) == 0)
        return 0;
    FILE *out = open_memstream(&said, &len);
    if (out) {
        complaints_print(c, out);
        fclose(out);
    }
    fault_set(f, EINVAL, "the spec cannot be loaded once more; was it changed meanwhile?");
    fault_detail(f, said ? said : "", -1);
    free(said);
    return -f->err;
}

/* What is loaded stays: it is wanted until the end of the process. */
static int prepare(char *const *argv, const struct spawned_charge *charge, int own_shelf,
                   struct fault *f, struct nursery_start *ret)
{
    struct plan *p = NULL;
    struct shelf *shelf = NULL;
    int r = load(argv, f, &p);

    if (r == 0 && !fingerprint_equal(fingerprint_plan(p), charge->digest))
        r = fault_set(f, ESTALE,
                      "the spec or a source of it was changed while it was loaded; load it again");
    if (r == 0)
        r = shelf_open(p, own_shelf, f, &shelf);
    if (r < 0)
        return r;
    *ret = (struct nursery_start){
        .plan = p, .conf = &charge->conf, .keeper = shelf_keeper(shelf), .control = SPAWNED_SOCKET};
    return 0;
}

static bool take_charge(struct spawned_charge *ret, int *ret_shelf)
{
    ssize_t n = message_receive(SPAWNED_SOCKET, ret, sizeof *ret, MSG_DONTWAIT, ret_shelf, 1);

    return n == sizeof *ret && ret->has_shelf == (*ret_shelf >= 0);
}

/* r: of what was prepared.  The folder is made last: from then on there is somebody to remove it.
 */
static void answer(int r, struct spawned_report *report, struct nursery_start *start)
{
    char *folder;

    if (r == 0)
        r = nursery_make_folder(&report->fault, &folder);
    if (r == 0) {
        start->folder = folder;
        g_strlcpy(report->folder, folder, sizeof report->folder);
    }
    /* If the server has gone, the nursery sees that and cleans up. */
    message_send(SPAWNED_SOCKET, report, sizeof *report, NULL, 0);
    if (r < 0)
        _exit(EXIT_FAILURE);
}

int spawned_main(int argc, char **argv, struct fault *f)
{
    struct spawned_report report = {0};
    struct spawned_charge charge;
    struct nursery_start start;
    int shelf;

    if (argc < AT_DEFINES || !take_charge(&charge, &shelf))
        return fault_set(f, EPERM, "'%s' is what the server starts by itself", SPAWNED_WORD);
    process_close_all_but((const int[]){SPAWNED_SOCKET, shelf}, 2);
    fcntl(SPAWNED_SOCKET, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_NAME, NURSERY_NAME);
    die_with_server(true);
    int r = prepare(argv, &charge, shelf, &report.fault, &start);
    die_with_server(false);
    answer(r, &report, &start);
    nursery_main(&start);
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs index: evaluates what was never evaluated, and keeps sizes and failures for the mounts to
 * come. */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fs/command.h"
#include "fs/direct.h"
#include "fs/failures.h"
#include "fs/ledger.h"
#include "fs/zygote.h"
#include "ops/core/report.h"

static const char usage[] = "seqfs index [OPTION...] SPEC; options are those of a mount";

#define SAID_MAX 20     /* failures that are told one by one */
#define PROGRESS_MS 200 /* between two lines of progress */
#define LOOKS_MAX 1000  /* elements that are looked at between two looks at the signals */

/* An element that is to be evaluated, or is.  Lifetime: until its last attempt has ended. */
struct job {
    struct key key;
    struct identity id; /* from before its first attempt */
    unsigned attempts;
};

/* Lifetime: the command's. */
struct indexing {
    struct conf conf; /* owned, as all below */
    char *folder;
    struct plan *plan;
    struct names *names;
    struct log *log;
    struct stats *stats;
    struct direct *direct;
    struct ledger *ledger;
    struct failures *failures;
    struct crew *crew;
    int signals, news; /* signalfd; eventfd: a job has ended */

    /* of the main thread */
    struct key next;     /* the element to look at */
    struct job *held;    /* refused by the crew for now, or NULL; owned */
    uint64_t total;      /* elements of all datasets */
    uint64_t n_known;    /* that need no evaluation */
    uint64_t n_nameless; /* without an identity: nothing can be kept of them */
    int64_t start, progress_at;
    bool is_terminal;
    bool interrupted;

    GMutex lock;
    /* below: under lock */
    unsigned n_busy;       /* jobs that the crew has, or that are being settled */
    GHashTable *under_way; /* &job->key to job: those that the crew has */
    GQueue again;          /* jobs that are to be tried once more, owned */
    GQueue said;           /* char *, owned: failures that are to be told */
    uint64_t n_evaluated, n_failed;
};

/* Any thread. */
static void fail(struct indexing *x, const struct job *job, const struct fault *f, double seconds)
{
    const struct failure failure = {.key = job->key,
                                    .when = g_get_real_time(),
                                    .seconds = seconds,
                                    .attempt = job->attempts,
                                    .fault = *f};
    const struct incident at = {.output = job->key.output, .index = job->key.index};
    g_autoptr(GString) line = g_string_new(NULL);

    ledger_forget(x->ledger, job->key);
    failures_put(x->failures, &failure, job->id);
    report_headline(x->plan, &at, f, line);
    g_mutex_lock(&x->lock);
    if (x->n_failed++ < SAID_MAX)
        g_queue_push_tail(&x->said, g_string_free(g_steal_pointer(&line), FALSE));
    g_mutex_unlock(&x->lock);
}

/* Keeps what came of a job, or puts it back for another attempt. */
static void settle(struct indexing *x, struct job *own_job, const struct outcome *o)
{
    const bool again = !o->own_content && o->fault->transient &&
                       own_job->attempts <= (unsigned)x->conf.errors.retry;

    if (again) {
        g_mutex_lock(&x->lock);
        g_queue_push_tail(&x->again, own_job);
        g_mutex_unlock(&x->lock);
        return;
    }
    if (o->own_content) {
        ledger_put(x->ledger, own_job->key, own_job->id, content_len(o->own_content));
        failures_forget(x->failures, own_job->key);
        g_mutex_lock(&x->lock);
        x->n_evaluated++;
        g_mutex_unlock(&x->lock);
    } else if (o->fault->err != ECANCELED) {
        fail(x, own_job, o->fault, o->seconds);
    }
    g_free(own_job);
}

/* A crew_done_fn. */
static void done(void *ctx, struct key k, struct outcome *o)
{
    struct indexing *x = ctx;
    struct job *job;

    g_mutex_lock(&x->lock);
    job = g_hash_table_lookup(x->under_way, &k);
    g_hash_table_remove(x->under_way, &k);
    g_mutex_unlock(&x->lock);
    settle(x, job, o);
    content_unref(o->own_content);
    g_mutex_lock(&x->lock);
    x->n_busy--;
    g_mutex_unlock(&x->lock);
    eventfd_write(x->news, 1);
}

/* false = all workers are busy. */
static bool offer(struct indexing *x, struct job *job)
{
    const struct key k = job->key; /* once it is offered, it may be gone */

    g_mutex_lock(&x->lock);
    x->n_busy++;
    job->attempts++;
    g_hash_table_insert(x->under_way, &job->key, job);
    g_mutex_unlock(&x->lock);
    if (crew_offer(x->crew, k))
        return true;
    g_mutex_lock(&x->lock);
    x->n_busy--;
    job->attempts--;
    g_hash_table_remove(x->under_way, &k);
    g_mutex_unlock(&x->lock);
    return false;
}

/* A job, if the element is to be evaluated. */
static struct job *look(struct indexing *x, struct key k)
{
    struct job job = {.key = k};
    struct fault f = {0};
    uint64_t size;
    int r = direct_size(x->direct, k, &f, &size);

    if (r == 0) {
        x->n_known++;
        return NULL;
    }
    job.id = seq_identity(plan_output(x->plan, k.output)->seq, k.index);
    if (r < 0) {
        job.attempts = 1;
        fail(x, &job, &f, 0);
    } else if (identity_is_none(job.id)) {
        x->n_nameless++;
    } else if (ledger_look(x->ledger, k, job.id, &size) == SIZE_KNOWN) {
        x->n_known++;
    } else {
        return g_memdup2(&job, sizeof job);
    }
    return NULL;
}

static bool is_walked(const struct indexing *x)
{
    return x->next.output >= plan_n_datasets(x->plan);
}

/* Goes on through the elements, but not too far at a time. */
static struct job *walk(struct indexing *x)
{
    struct job *job = NULL;

    for (unsigned i = 0; i < LOOKS_MAX && !job && !is_walked(x); i++) {
        const uint64_t len = plan_output(x->plan, x->next.output)->seq->len;
        const bool covered = ledger_covers(x->ledger, x->next.output);

        if (covered && x->next.index < len) {
            job = look(x, x->next);
            x->next.index++;
            continue;
        }
        if (!covered) /* its sizes are known anyway */
            x->n_known += len;
        x->next = (struct key){x->next.output + 1, 0};
    }
    return job;
}

/* Gives the crew one job more.  false = there is nothing to do until one has ended. */
static bool feed(struct indexing *x)
{
    if (!x->held) {
        g_mutex_lock(&x->lock);
        x->held = g_queue_pop_head(&x->again);
        g_mutex_unlock(&x->lock);
    }
    if (!x->held)
        x->held = walk(x);
    if (!x->held)
        return !is_walked(x);
    if (!offer(x, x->held))
        return false;
    x->held = NULL;
    return true;
}

static bool is_idle(struct indexing *x)
{
    bool idle;

    g_mutex_lock(&x->lock);
    idle = is_walked(x) && !x->held && x->n_busy == 0 && g_queue_is_empty(&x->again);
    g_mutex_unlock(&x->lock);
    return idle;
}

/* There is no sense in computing what cannot be kept. */
static bool is_broken(struct indexing *x)
{
    struct ledger_figures now;

    ledger_look_figures(x->ledger, &now);
    return now.lost > 0;
}

static void clear_progress(const struct indexing *x)
{
    if (x->is_terminal)
        fputs("\r\033[K", stderr);
}

static void print_said(struct indexing *x)
{
    char *line;

    for (;;) {
        g_mutex_lock(&x->lock);
        line = g_queue_pop_head(&x->said);
        g_mutex_unlock(&x->lock);
        if (!line)
            return;
        clear_progress(x);
        fprintf(stderr, "seqfs: %s\n", line);
        g_free(line);
    }
}

static void print_progress(struct indexing *x)
{
    const int64_t now = g_get_monotonic_time();
    const double seconds = (double)(now - x->start) / G_USEC_PER_SEC;
    uint64_t n_done, n_failed;

    if (!x->is_terminal || now < x->progress_at)
        return;
    x->progress_at = now + PROGRESS_MS * G_TIME_SPAN_MILLISECOND;
    g_mutex_lock(&x->lock);
    n_failed = x->n_failed;
    n_done = x->n_evaluated + n_failed;
    g_mutex_unlock(&x->lock);
    const uint64_t left = x->total - MIN(x->total, n_done + x->n_known + x->n_nameless);
    fprintf(stderr, "\rseqfs: %" PRIu64 " of %" PRIu64 ", %" PRIu64 " failed", x->total - left,
            x->total, n_failed);
    if (n_done > 0 && seconds > 1)
        fprintf(stderr, ", %.1f a second, %.0f s left", (double)n_done / seconds,
                (double)left * seconds / (double)n_done);
    fputs("\033[K", stderr);
}

/* Looks at the signals and the time; with wait, when there is news. */
static void attend(struct indexing *x, bool wait)
{
    struct pollfd fds[] = {{.fd = x->signals, .events = POLLIN}, {.fd = x->news, .events = POLLIN}};
    const int timeout = !wait ? 0 : x->is_terminal ? PROGRESS_MS : -1;
    eventfd_t n;

    if (poll(fds, G_N_ELEMENTS(fds), timeout) > 0) {
        x->interrupted = fds[0].revents != 0;
        if (fds[1].revents != 0)
            eventfd_read(x->news, &n);
    }
    print_said(x);
    print_progress(x);
}

static void run(struct indexing *x)
{
    while (!x->interrupted && !is_broken(x)) {
        const bool wait = !feed(x);

        if (wait && is_idle(x))
            return;
        attend(x, wait);
    }
}

/* What is left goes with the crew: it was not evaluated, and nothing is kept of it. */
static void stop(struct indexing *x)
{
    g_clear_pointer(&x->crew, crew_free);
    print_said(x);
    clear_progress(x);
}

static int summarize(struct indexing *x)
{
    const uint64_t n_done = x->n_evaluated + x->n_failed + x->n_known + x->n_nameless;
    struct ledger_figures kept;
    struct fault f;

    if (x->n_failed > SAID_MAX)
        fprintf(stderr,
                "seqfs: %" PRIu64
                " more failures; 'seqfs eval SPEC INDEX' tells the story of one\n",
                x->n_failed - SAID_MAX);
    printf("%" PRIu64 " elements: %" PRIu64 " evaluated, %" PRIu64 " known already, %" PRIu64
           " failed",
           x->total, x->n_evaluated, x->n_known, x->n_failed);
    if (x->n_nameless > 0)
        printf(", %" PRIu64 " that cannot be recognized another time", x->n_nameless);
    if (n_done < x->total)
        printf(", %" PRIu64 " left", x->total - n_done);
    printf("; %.1f s\n", (double)(g_get_monotonic_time() - x->start) / G_USEC_PER_SEC);
    ledger_look_figures(x->ledger, &kept);
    if (kept.lost > 0) {
        fault_set_errno(&f, kept.error, "size index: '%s' cannot be written", x->folder);
        return command_fail(EXIT_RUNTIME, &f);
    }
    return x->n_failed > 0 || n_done < x->total ? EXIT_RUNTIME : EXIT_WELL;
}

static int watch_signals(struct indexing *x, struct fault *f)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    x->signals = signalfd(-1, &set, SFD_CLOEXEC);
    x->news = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (x->signals < 0 || x->news < 0)
        return fault_set_errno(f, errno, "cannot watch for signals");
    signal(SIGXFSZ, SIG_IGN); /* a limit on files is an error of writing, as a full disk is */
    return 0;
}

static int check_len(const struct output *o, struct fault *f)
{
    if (o->seq->trivial || o->seq->len <= LEDGER_MAX)
        return 0;
    return fault_set(f, EFBIG,
                     "size index: dataset '%s' has %" PRIu64 " elements, %" PRIu64
                     " are possible; use a slice of it",
                     o->name, o->seq->len, LEDGER_MAX);
}

/* Where things are kept. */
static int open_index(struct indexing *x, struct fault *f)
{
    int r;

    for (uint32_t i = 0; i < plan_n_datasets(x->plan); i++) {
        const struct output *o = plan_output(x->plan, i);

        r = check_len(o, f);
        if (r < 0)
            return r;
        x->total += o->seq->len;
    }
    x->log = log_new(false);
    x->stats = stats_new(x->plan);
    x->direct = direct_new(x->plan);
    r = ledger_new(x->folder, x->plan, x->log, f, &x->ledger);
    return r < 0 ? r : failures_new(x->folder, x->plan, x->log, f, &x->failures);
}

/* The zygote first, while there is one thread. */
static int start(struct indexing *x, struct fault *f)
{
    struct zygote *zygote = NULL;
    struct crew_conf crew;
    int r = 0;

    conf_crew(&x->conf, &crew);
    if (crew.isolation == ISOLATION_PROCESS)
        r = zygote_start(x->plan, &crew, f, &zygote);
    if (r < 0)
        return r;
    r = watch_signals(x, f);
    if (r == 0)
        r = open_index(x, f);
    if (r < 0) {
        zygote_stop(zygote);
        return r;
    }
    return crew_new(&crew, x->plan, zygote, x->stats, x->log, done, x, f, &x->crew);
}

static void indexing_init(struct indexing *x)
{
    *x = (struct indexing){.signals = -1, .news = -1, .is_terminal = isatty(STDERR_FILENO)};
    conf_init(&x->conf);
    g_mutex_init(&x->lock);
    x->under_way = g_hash_table_new(key_hash, key_equal);
    x->start = g_get_monotonic_time();
}

static void indexing_finish(struct indexing *x)
{
    crew_free(x->crew);
    g_free(x->held);
    g_queue_clear_full(&x->again, g_free);
    g_queue_clear_full(&x->said, g_free);
    g_hash_table_unref(x->under_way);
    failures_free(x->failures);
    ledger_free(x->ledger);
    direct_free(x->direct);
    stats_free(x->stats);
    log_free(x->log);
    names_free(x->names);
    plan_free(x->plan);
    if (x->signals >= 0)
        close(x->signals);
    if (x->news >= 0)
        close(x->news);
    g_mutex_clear(&x->lock);
    g_free(x->folder);
    conf_finish(&x->conf);
}
OWN_DEFINE(struct indexing, indexing_finish)

int command_index(int argc, char **argv)
{
    struct indexing indexing;
    OWN(indexing_finish) struct indexing *x = &indexing;
    struct fault f = {0};
    int status;

    indexing_init(x);
    if (conf_parse_args(&x->conf, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 2)
        return command_usage(usage, "one spec is wanted");
    x->folder = conf_size_index(&x->conf);
    if (!x->folder)
        return command_usage(usage, "with --size-index=off there is nothing to keep sizes in");
    x->conf.spec = g_strdup(argv[1]);
    status = command_load(&x->conf, &x->plan, &x->names);
    if (status != EXIT_WELL)
        return status;
    if (start(x, &f) < 0)
        return command_fail(EXIT_RUNTIME, &f);
    run(x);
    stop(x);
    return summarize(x);
}

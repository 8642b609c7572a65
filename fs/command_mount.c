/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* seqfs SPEC MOUNTPOINT: loads, mounts and serves, in the background once the mount answers. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "fs/command.h"
#include "fs/daemon.h"
#include "fs/session.h"
#include "fs/zygote.h"

static const char usage[] = "seqfs [OPTION...] SPEC MOUNTPOINT; see seqfs --help";

/* Lifetime: process. */
struct mount {
    const struct conf *conf;
    const struct plan *plan;
    const struct names *names;
    int daemon; /* of daemon_start(); -1 in the foreground */
};

/* Called by the session once the mount answers. */
static void ready(void *ctx)
{
    const struct mount *m = ctx;

    fprintf(stderr,
            "seqfs: mounted at %s; failures are told in %s/.errors, all else in %s/.seqfs\n",
            m->conf->mountpoint, m->conf->mountpoint, m->conf->mountpoint);
    if (m->daemon >= 0)
        daemon_ready(m->daemon);
}

/* Forks the zygote while there is one thread, then serves until the end of the mount. */
static int serve(struct mount *m, struct fault *f)
{
    struct zygote *zygote = NULL;
    OWN(log_free) struct log *log = NULL;
    OWN(dataset_free) struct dataset *dataset = NULL;
    struct crew_conf crew;
    int r;

    conf_crew(m->conf, &crew);
    if (crew.isolation == ISOLATION_PROCESS) {
        r = zygote_start(m->plan, &crew, f, &zygote);
        if (r < 0)
            return r;
    }
    if (m->daemon >= 0)
        daemon_speak(m->daemon);
    log = log_new(m->conf->foreground);
    r = dataset_new(m->conf, m->plan, zygote, log, f, &dataset);
    if (r < 0)
        return r;
    return session_run(m->conf, dataset, m->names, ready, m, f);
}

/* Faults of the background are told through the pipe to the waiting parent. */
static int serve_or_fail(struct mount *m)
{
    struct fault f = {0};

    if (serve(m, &f) == 0)
        return EXIT_WELL;
    if (m->daemon >= 0)
        daemon_speak(m->daemon);
    return command_fail(EXIT_MOUNT, &f);
}

static int mount_plan(struct conf *conf, const struct plan *plan, const struct names *names)
{
    struct mount m = {.conf = conf, .plan = plan, .names = names, .daemon = -1};
    g_autofree char *spec = g_canonicalize_filename(conf->spec, NULL);
    struct fault f = {0};

    g_free(conf->spec);
    conf->spec = g_steal_pointer(&spec);
    if (session_check_mountpoint(conf, plan, &f) < 0)
        return command_fail(EXIT_MOUNT, &f);
    if (!conf->foreground && daemon_start(&f, &m.daemon) < 0)
        return command_fail(EXIT_MOUNT, &f);
    return serve_or_fail(&m);
}

int command_mount(int argc, char **argv)
{
    struct conf conf;
    OWN(conf_finish) struct conf *owned = &conf;
    OWN(plan_free) struct plan *plan = NULL;
    OWN(names_free) struct names *names = NULL;
    struct fault f = {0};
    int status;

    conf_init(owned);
    if (conf_parse_args(&conf, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 3)
        return command_usage(usage, "a spec and a mountpoint are wanted, there %s %d argument%s",
                             argc == 2 ? "is" : "are", argc - 1, argc == 2 ? "" : "s");
    conf.spec = g_strdup(argv[1]);
    conf.mountpoint = g_canonicalize_filename(argv[2], NULL);
    status = command_load(&conf, &plan, &names);
    if (status != EXIT_WELL)
        return status;
    return mount_plan(&conf, plan, names);
}

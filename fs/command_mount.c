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
    struct reload loaded; /* taken over when it is served */
    char *mountpoint;     /* owned */
    int daemon;           /* of daemon_start(); -1 in the foreground */
    int program;          /* of zygote_open_program() */
};

/* Called by the session once the mount answers. */
static void ready(void *ctx)
{
    const struct mount *m = ctx;

    fprintf(stderr,
            "seqfs: mounted at %s; failures are told in %s/.errors, all else in %s/.seqfs\n",
            m->mountpoint, m->mountpoint, m->mountpoint);
    if (m->daemon >= 0)
        daemon_ready(m->daemon);
}

static int serve_stored(struct mount *m, struct stores *stores, struct log *log, struct fault *f)
{
    struct session_rooms rooms = {
        .stores = stores, .log = log, .program = m->program, .ready = ready, .ctx = m};
    int r = service_new(&m->loaded, stores, log, f, &rooms.service);

    return r < 0 ? r : session_run(&rooms, f);
}

/* Forks the zygote while there is one thread, then serves until the end of the mount. */
static int serve(struct mount *m, struct fault *f)
{
    const bool foreground = m->loaded.conf.foreground;
    OWN(log_free) struct log *log = NULL;
    OWN(stores_free) struct stores *stores = NULL;
    struct crew_conf crew;
    int r;

    conf_crew(&m->loaded.conf, &crew);
    if (crew.isolation == ISOLATION_PROCESS) {
        r = zygote_start(m->loaded.plan, &crew, f, &m->loaded.zygote);
        if (r < 0)
            return r;
    }
    if (m->daemon >= 0)
        daemon_speak(m->daemon);
    log = log_new(foreground);
    stores = stores_new(&m->loaded.conf, log);
    return serve_stored(m, stores, log, f);
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

/* The server leaves its folder, and must find the spec again; links on the way there are followed
 * by whoever opens it. */
static void make_absolute(struct conf *conf)
{
    g_autofree char *given = conf->spec;
    g_autofree char *folder = g_get_current_dir();

    conf->spec =
        g_path_is_absolute(given) ? g_steal_pointer(&given) : g_build_filename(folder, given, NULL);
}

static int mount_loaded(struct mount *m)
{
    struct conf *conf = &m->loaded.conf;
    struct fault f = {0};

    make_absolute(conf);
    if (session_check_mountpoint(conf, m->loaded.plan, &f) < 0)
        return command_fail(EXIT_MOUNT, &f);
    if (!conf->foreground && daemon_start(&f, &m->daemon) < 0)
        return command_fail(EXIT_MOUNT, &f);
    return serve_or_fail(m);
}

static int parse(struct conf *conf, int argc, char **argv)
{
    struct fault f = {0};

    if (conf_parse_args(conf, &argc, &argv, &f) < 0)
        return command_usage(usage, "%s", f.text);
    if (argc != 3)
        return command_usage(usage, "a spec and a mountpoint are wanted, there %s %d argument%s",
                             argc == 2 ? "is" : "are", argc - 1, argc == 2 ? "" : "s");
    conf->spec = g_strdup(argv[1]);
    conf->mountpoint = g_canonicalize_filename(argv[2], NULL);
    return EXIT_WELL;
}

int command_mount(int argc, char **argv)
{
    struct mount m = {.daemon = -1, .program = zygote_open_program()};
    OWN(reload_finish) struct reload *owned = &m.loaded;
    int status;

    conf_init(&owned->conf);
    status = parse(&owned->conf, argc, argv);
    if (status == EXIT_WELL)
        status = command_load(&owned->conf, &owned->plan, &owned->names);
    if (status == EXIT_WELL) {
        m.mountpoint = g_strdup(owned->conf.mountpoint);
        status = mount_loaded(&m);
    }
    g_free(m.mountpoint);
    if (m.program >= 0)
        close(m.program);
    return status;
}

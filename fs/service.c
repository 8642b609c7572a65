/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Puts a dataset on top of what was loaded. */
#include "fs/service.h"

int service_new(struct reload *own, struct stores *stores, struct log *log, struct fault *f,
                struct service **ret)
{
    OWN(service_free) struct service *s = g_new0(struct service, 1);
    struct dataset_rooms rooms;
    int r;

    s->conf = own->conf;
    own->conf = (struct conf){0};
    s->plan = g_steal_pointer(&own->plan);
    s->names = g_steal_pointer(&own->names);
    rooms = (struct dataset_rooms){&s->conf, s->plan, s->names, stores, log};
    r = dataset_new(&rooms, g_steal_pointer(&own->zygote), f, &s->dataset);
    reload_finish(own);
    if (r < 0)
        return r;
    *ret = g_steal_pointer(&s);
    return 0;
}

void service_free(struct service *s)
{
    if (s == NULL)
        return;
    dataset_free(s->dataset);
    names_free(s->names);
    plan_free(s->plan);
    conf_finish(&s->conf);
    g_free(s);
}

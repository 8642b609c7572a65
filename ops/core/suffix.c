/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Knows the suffixes that readers of WebDataset shards go by. */
#include "ops/core/suffix.h"

#include <glib.h>
#include <string.h>

#define SUFFIX_MAX 64 /* bytes; what is longer is no suffix */

const char *suffix_of_file(const char *suffix)
{
    if (!suffix || *suffix == '\0' || strlen(suffix) > SUFFIX_MAX || strchr(suffix, '/'))
        return "bin";
    return suffix;
}

/* Suffixes that say how the bytes are to be read, those of one format in a line. */
static const char *const formats[][5] = {
    {"npy"},          {"npz"},  {"jpg", "jpeg", "jpe", "jfif"},
    {"tif", "tiff"},  {"png"},  {"ppm", "pgm", "pbm", "pnm"},
    {"heic", "heif"}, {"webp"}, {"gif"},
    {"bmp"},          {"avif"}, {"jxl"},
};

/* Which format a suffix is of; G_N_ELEMENTS(formats) = of none of them. */
static size_t format_of(const char *suffix)
{
    for (size_t n = 0; n < G_N_ELEMENTS(formats); n++)
        for (const char *const *one = formats[n]; *one; one++)
            if (g_ascii_strcasecmp(*one, suffix) == 0)
                return n;
    return G_N_ELEMENTS(formats);
}

bool suffix_is_field(const char *field, const char *suffix)
{
    static const char *const known[] = {
        "cls", "cls2", "index", "inx",    "id",   "json", "jsonl",   "txt",  "text", "transcript",
        "pth", "pt",   "pyd",   "pickle", "pkl",  "mp",   "msgpack", "msg",  "ten",  "tb",
        "mp4", "avi",  "mov",   "mkv",    "webm", "mp3",  "wav",     "flac", "ogg",  "m4a",
        "csv", "tsv",  "xml",   "yaml",   "yml",  "html", "pdf",     "bin",  "raw",  "safetensors",
    };
    const size_t format = format_of(suffix), n_formats = G_N_ELEMENTS(formats);

    if (strcmp(field, suffix) == 0 || strchr(field, '.'))
        return true;
    if (format < n_formats)
        return format_of(field) == format;
    for (size_t n = 0; n < G_N_ELEMENTS(known); n++)
        if (strcmp(field, known[n]) == 0)
            return true;
    return format_of(field) < n_formats;
}

/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Makes the databases of the examples. */
#include "tests/ops/databases.h"

#include <glib.h>
#include <stdint.h>

#if HAVE_SQLITE
#include <sqlite3.h>

static void write_pets(const char *folder)
{
    g_autofree char *path = g_strconcat(folder, "pets.db", NULL);
    sqlite3 *db = NULL;

    if (sqlite3_open(path, &db) != SQLITE_OK ||
        sqlite3_exec(db,
                     "CREATE TABLE pets (id INTEGER PRIMARY KEY, name TEXT, sound BLOB);"
                     "INSERT INTO pets VALUES (1, 'Tom', x'6d656f77'), (7, 'Una', x'776f6f66')",
                     NULL, NULL, NULL) != SQLITE_OK)
        g_error("%s", sqlite3_errmsg(db));
    sqlite3_close(db);
}
#endif

#if HAVE_HDF5
#include <hdf5.h>

static void write_numbers(const char *folder)
{
    static const int32_t squares[3][2] = {{0, 1}, {4, 9}, {16, 25}};
    static const hsize_t dims[] = {3, 2};
    g_autofree char *path = g_strconcat(folder, "numbers.h5", NULL);
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, dims, NULL);
    const hid_t set =
        H5Dcreate2(file, "squares", H5T_STD_I32BE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);

    if (H5Dwrite(set, H5T_NATIVE_INT32, H5S_ALL, H5S_ALL, H5P_DEFAULT, squares) < 0)
        g_error("%s cannot be written", path);
    H5Dclose(set);
    H5Sclose(space);
    H5Fclose(file);
}
#endif

void databases_write(const char *folder)
{
#if HAVE_SQLITE
    write_pets(folder);
#endif
#if HAVE_HDF5
    write_numbers(folder);
#endif
}

// A bare SQLite loop: inserts the objects of an index into a new file of the same shape, in the same order.
// It is what a sync is measured against; `scripts/bench` builds and runs it.
// usage: baseline INDEX NEW_FILE -> prints the rows and the rows a second

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct row {
  sqlite3_int64 bucket, size, modified, storage_class;
  char *key, *etag;
  int key_bytes, etag_bytes;
};

static void check(int code, sqlite3 *db) {
  if (code == SQLITE_OK || code == SQLITE_DONE) return;
  fprintf(stderr, "baseline: %s\n", sqlite3_errmsg(db));
  exit(1);
}

static char *column_copy(sqlite3_stmt *statement, int column, int *bytes) {
  *bytes = sqlite3_column_bytes(statement, column);
  return memcpy(malloc(*bytes + 1), sqlite3_column_text(statement, column), *bytes);
}

static struct row *read_rows(const char *path, size_t *count) {
  sqlite3 *db;
  sqlite3_stmt *statement;
  size_t capacity = 1 << 20;
  struct row *rows = malloc(capacity * sizeof *rows);
  check(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, 0), db);
  check(sqlite3_prepare_v2(db,
                           "SELECT bucket_id, key, size, last_modified_ms, etag, storage_class_id"
                           " FROM object ORDER BY bucket_id, key",
                           -1, &statement, 0), db);
  for (*count = 0; sqlite3_step(statement) == SQLITE_ROW; (*count)++) {
    if (*count == capacity) rows = realloc(rows, (capacity *= 2) * sizeof *rows);
    struct row *row = &rows[*count];
    row->bucket = sqlite3_column_int64(statement, 0);
    row->key = column_copy(statement, 1, &row->key_bytes);
    row->size = sqlite3_column_int64(statement, 2);
    row->modified = sqlite3_column_int64(statement, 3);
    row->etag = column_copy(statement, 4, &row->etag_bytes);
    row->storage_class = sqlite3_column_int64(statement, 5);
  }
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return rows;
}

static void insert_rows(sqlite3 *db, const struct row *rows, size_t count) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v2(db, "INSERT INTO object VALUES (?1, ?2, ?3, ?4, ?5, ?6)", -1,
                           &statement, 0), db);
  for (size_t i = 0; i < count; i++) {
    if (i % 65536 == 0) check(sqlite3_exec(db, "BEGIN", 0, 0, 0), db);
    sqlite3_bind_int64(statement, 1, rows[i].bucket);
    sqlite3_bind_text(statement, 2, rows[i].key, rows[i].key_bytes, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 3, rows[i].size);
    sqlite3_bind_int64(statement, 4, rows[i].modified);
    sqlite3_bind_text(statement, 5, rows[i].etag, rows[i].etag_bytes, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 6, rows[i].storage_class);
    check(sqlite3_step(statement), db);
    sqlite3_reset(statement);
    if (i % 65536 == 65535 || i + 1 == count) check(sqlite3_exec(db, "COMMIT", 0, 0, 0), db);
  }
  sqlite3_finalize(statement);
}

int main(int argc, char **argv) {
  if (argc != 3) return 64;
  size_t count;
  struct row *rows = read_rows(argv[1], &count);
  sqlite3 *db;
  check(sqlite3_open(argv[2], &db), db);
  check(sqlite3_exec(db,
                     "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL;"
                     "PRAGMA synchronous = NORMAL; PRAGMA cache_size = -65536;"
                     "CREATE TABLE object (bucket_id INTEGER NOT NULL, key TEXT NOT NULL,"
                     " size INTEGER NOT NULL, last_modified_ms INTEGER NOT NULL, etag TEXT NOT NULL,"
                     " storage_class_id INTEGER NOT NULL, PRIMARY KEY (bucket_id, key))"
                     " STRICT, WITHOUT ROWID",
                     0, 0, 0), db);
  struct timespec start, end;
  clock_gettime(CLOCK_MONOTONIC, &start);
  insert_rows(db, rows, count);
  clock_gettime(CLOCK_MONOTONIC, &end);
  double seconds = (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9;
  printf("%zu %.0f\n", count, count / seconds);
  sqlite3_close(db);
  return 0;
}

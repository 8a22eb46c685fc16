#pragma once

#include <sqlite3.h>

// SQLITE_TRANSIENT and SQLITE_STATIC are casts that do not import into Swift.

/// SQLite copies the bound bytes before the call returns.
static inline sqlite3_destructor_type csqlite_transient(void) {
  return SQLITE_TRANSIENT;
}

/// The bound bytes stay where they are until the statement is reset or bound again.
static inline sqlite3_destructor_type csqlite_static(void) {
  return SQLITE_STATIC;
}

// sqlite3_db_config is variadic: one function per purpose.

/// Defensive mode: ordinary SQL can no longer corrupt the file or edit the schema by hand.
static inline int csqlite_set_defensive(sqlite3 *connection) {
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
}

/// A double-quoted word is an identifier only, never silently a string.
static inline int csqlite_refuse_double_quoted_strings(sqlite3 *connection) {
  int result = sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DML, 0, (int *)0);
  if (result != SQLITE_OK) return result;
  return sqlite3_db_config(connection, SQLITE_DBCONFIG_DQS_DDL, 0, (int *)0);
}

/// Whether another process has, or waits for, the right to write the file, as its rollback journal's locks tell it
/// (xCheckReservedLock of sqlite3_io_methods); changes nothing, and asks no transaction of the connection.
static inline int csqlite_has_writer(sqlite3 *connection) {
  sqlite3_file *file = 0;
  int result = 0;
  if (sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK) return 0;
  if (!file || !file->pMethods) return 0;
  if (file->pMethods->xCheckReservedLock(file, &result) != SQLITE_OK) return 0;
  return result;
}

// sqlite3_config is variadic, too.

/// SQLite stops to count its allocations, which costs a lock for each. Before any connection is opened.
static inline int csqlite_stop_memory_statistics(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

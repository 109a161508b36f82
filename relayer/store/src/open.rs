//! Opening: lock, connections, migrations, identity.

use core::time::Duration;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::sync::Arc;

use farbank_types::B256;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Row as _, SqlitePool};

use crate::codec::word;
use crate::StoreError;

/// Names in the state folder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Database {
    /// The database.
    pub(crate) file: &'static str,
    /// The lock beside it. SQLite's own locks would let two processes take turns.
    pub(crate) lock: &'static str,
}

const DATABASE: Database = Database { file: "relayer.sqlite", lock: "relayer.lock" };
/// A commit takes milliseconds; whoever waits longer waits for a dead disk.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// One writes, the others serve the HTTP interface.
const CONNECTIONS: u32 = 4;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations/sqlite");

/// The record in one SQLite file: write-ahead log, every commit synced to the disk.
#[derive(Clone, Debug)]
pub struct SqlitePegInStore {
    pub(crate) pool: SqlitePool,
    /// Held as long as any clone lives.
    _lock: Arc<File>,
}

impl SqlitePegInStore {
    /// Opens the record in `folder`, or makes both, and brings the schema up to date.
    ///
    /// # Errors
    /// [`StoreError::Locked`] while another process has it open, [`StoreError::WrongInstance`] when
    /// it belongs to another bridge, and faults of the disk.
    pub async fn open(folder: &Path, instance: B256) -> Result<Self, StoreError> {
        let (pool, lock) = database(folder, DATABASE, &MIGRATIONS).await?;
        identify(&pool, instance).await?;
        Ok(Self { pool, _lock: Arc::new(lock) })
    }

    /// Closes all connections after their work. The lock goes with the last clone.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Opens a database in `folder`, or makes both, brings its schema up to date and locks it.
pub(crate) async fn database(
    folder: &Path,
    names: Database,
    migrations: &Migrator,
) -> Result<(SqlitePool, File), StoreError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
    let lock = lock(&folder.join(names.lock))?;
    let options = SqliteConnectOptions::new()
        .filename(folder.join(names.file))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT);
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(BUSY_TIMEOUT)
        .connect_with(options)
        .await?;
    migrations.run(&pool).await?;
    Ok((pool, lock))
}

/// Refuses the record of another bridge; a new one becomes this bridge's.
pub(crate) async fn identify(pool: &SqlitePool, expected: B256) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO identity (single, instance) VALUES (1, $1) ON CONFLICT (single) DO NOTHING",
    )
    .bind(expected.as_slice())
    .execute(pool)
    .await?;
    let row = sqlx::query("SELECT instance FROM identity WHERE single = 1").fetch_one(pool).await?;
    let found = word("identity", row.try_get("instance")?)?;
    if found == expected {
        Ok(())
    } else {
        Err(StoreError::WrongInstance { expected, found })
    }
}

fn lock(path: &Path) -> Result<File, StoreError> {
    let io = |source| StoreError::Io { path: path.to_owned(), source };
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

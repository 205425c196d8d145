//! The company's export as a file that never touches the disk.
//!
//! The import reads files. The demo's lies in memory, so that even invented
//! people's data is not written in clear anywhere (DESIGN I2).

use std::future::Future;
use std::io::Write as _;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::company::Company;
use crate::error::{Error, Result};

fn pages(company: &Company) -> Vec<Value> {
    vec![
        json!({ "brands": company.brands }),
        json!({ "groups": company.groups }),
        json!({ "ticket_fields": company.ticket_fields }),
        json!({ "user_fields": company.user_fields }),
        json!({ "organizations": company.organizations }),
        json!({ "users": company.users }),
        json!({ "tickets": company.tickets }),
    ]
}

fn failed(error: &std::io::Error) -> Error {
    Error::Setup(format!("the demo's export can't be held in memory: {error}"))
}

/// Calls `work` with the path of a file that holds the export.
pub(super) async fn with_file<F, T>(company: &Company, work: F) -> Result<()>
where
    F: FnOnce(PathBuf) -> T,
    T: Future<Output = Result<()>>,
{
    let mut bytes = Vec::new();
    for page in pages(company) {
        serde_json::to_writer(&mut bytes, &page)
            .map_err(|_| Error::Setup(String::from("the demo's export can't be written")))?;
        bytes.push(b'\n');
    }
    let (mut file, path) = memory_file()?;
    file.write_all(&bytes).map_err(|e| failed(&e))?;
    let done = work(path).await;
    drop(file);
    done
}

#[cfg(target_os = "linux")]
fn memory_file() -> Result<(std::fs::File, PathBuf)> {
    use std::os::fd::AsRawFd as _;
    let fd = rustix::fs::memfd_create("riserbo-demo", rustix::fs::MemfdFlags::CLOEXEC)
        .map_err(|e| failed(&e.into()))?;
    let file = std::fs::File::from(fd);
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    Ok((file, path))
}

#[cfg(not(target_os = "linux"))]
fn memory_file() -> Result<(std::fs::File, PathBuf)> {
    // Without memory files: a private file that goes with the process. What is
    // in it is invented.
    let file = tempfile::Builder::new().suffix(".json").tempfile().map_err(|e| failed(&e))?;
    file.keep().map_err(|e| failed(&e.error)).map(|(file, path)| (file, path))
}

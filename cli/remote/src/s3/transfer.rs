//! Listing and fetching at the same time.

use std::fs::File;
use std::ops::ControlFlow;

use aws_sdk_s3::Client;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::{JoinHandle, JoinSet};

use super::connect::{Bucket, Names};
use super::fetch::fetch;
use super::list::{list, page_of};
use super::{Object, S3Error};

/// An object to fetch.
#[derive(Debug)]
pub struct Job {
    /// Comes back with the result.
    pub id: usize,
    /// The object as it was listed.
    pub object: Object,
    /// An empty file to write it to.
    pub file: File,
}

/// What decides about objects. All calls come from the thread that called [`Bucket::transfer`].
pub trait Worklist {
    /// Whether there is room for another page: false while enough is waiting to be fetched.
    fn wants_page(&self) -> bool;
    /// Takes a page of the listing; `Break` ends the transfer.
    fn listed(&mut self, page: Vec<Object>) -> ControlFlow<()>;
    /// Takes note that there are no more pages, also because the listing failed.
    fn listing_ended(&mut self);
    /// The next object to fetch, if there is one now; `Break` ends the transfer.
    fn next_job(&mut self) -> ControlFlow<(), Option<Job>>;
    /// Takes what became of a job: the object as it was fetched; `Break` ends the transfer.
    fn fetched(&mut self, id: usize, result: Result<Object, S3Error>) -> ControlFlow<()>;
}

impl Bucket {
    /// Lists everything whose key begins with `prefix`, and fetches what `work` asks for while the
    /// listing goes on, at most `at_once` objects at a time.
    ///
    /// # Errors
    /// When the listing fails; what was asked for by then is fetched all the same. Failures of
    /// single objects go to `work`.
    pub fn transfer(
        &self,
        prefix: &str,
        at_once: usize,
        work: &mut dyn Worklist,
    ) -> Result<(), S3Error> {
        self.runtime().block_on(async {
            let first = run(self.client(), self.names(), prefix, at_once, work).await;
            let Err(S3Error::OtherRegion { region }) = first else { return first };
            let (client, names) = self.in_region(region);
            run(client, names, prefix, at_once, work).await
        })
    }

    /// What the first page of a listing has.
    ///
    /// # Errors
    /// When it cannot be listed.
    pub fn first_page(&self, prefix: &str) -> Result<Vec<Object>, S3Error> {
        self.runtime().block_on(async {
            let first = page_of(&self.client(), &self.names(), prefix).await;
            let Err(S3Error::OtherRegion { region }) = first else { return first };
            let (client, names) = self.in_region(region);
            page_of(&client, &names, prefix).await
        })
    }
}

/// What a job leaves.
type Fetched = (usize, Result<Object, S3Error>);

struct Run<'a> {
    client: Client,
    names: Names,
    at_once: usize,
    work: &'a mut dyn Worklist,
    in_flight: JoinSet<Fetched>,
}

async fn run(
    client: Client,
    names: Names,
    prefix: &str,
    at_once: usize,
    work: &mut dyn Worklist,
) -> Result<(), S3Error> {
    let (sender, pages) = channel(1);
    let listing = list(client.clone(), names.clone(), prefix.to_owned(), sender);
    let listing = tokio::spawn(listing);
    let mut run = Run { client, names, at_once: at_once.max(1), work, in_flight: JoinSet::new() };
    if run.go_on(pages).await.is_break() {
        listing.abort();
        return Ok(());
    }
    end_of(listing).await
}

async fn end_of(listing: JoinHandle<Result<(), S3Error>>) -> Result<(), S3Error> {
    // The task neither panics nor is aborted before its pages end.
    listing.await.unwrap_or_else(|err| Err(S3Error::Request(err.to_string())))
}

impl Run<'_> {
    /// Until there is neither a page nor a job left.
    async fn go_on(&mut self, mut pages: Receiver<Vec<Object>>) -> ControlFlow<()> {
        let mut is_listing = true;
        loop {
            self.start_jobs()?;
            let wants_page = is_listing && (self.work.wants_page() || self.in_flight.is_empty());
            tokio::select! {
                Some(fetched) = self.in_flight.join_next() => {
                    // A task that panicked is a fault of this program; it must not look like success.
                    match fetched {
                        Ok((id, result)) => self.work.fetched(id, result)?,
                        Err(err) => std::panic::resume_unwind(err.into_panic()),
                    }
                }
                page = pages.recv(), if wants_page => if let Some(page) = page {
                    self.work.listed(page)?;
                } else {
                    is_listing = false;
                    self.work.listing_ended();
                },
                else => return ControlFlow::Continue(()),
            }
        }
    }

    fn start_jobs(&mut self) -> ControlFlow<()> {
        while self.in_flight.len() < self.at_once {
            let Some(job) = self.work.next_job()? else { break };
            let (client, names) = (self.client.clone(), self.names.clone());
            self.in_flight.spawn(async move {
                let Job { id, object, file } = job;
                (id, fetch(&client, &names, object, &file).await)
            });
        }
        ControlFlow::Continue(())
    }
}

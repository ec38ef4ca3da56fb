//! A whole source, and the rules that it keeps.
//!
//! The source counts the ticks of a clock, ten to a batch, and goes on after a restart where it was: every tick
//! reaches the host, none is skipped. What is special about ticks is five lines of it; the rest is what every
//! source does.
//!
//! 1. **Settings are read completely.** A `Reader` knows the keys and collects every mistake, with its place and
//!    what to write instead; `configure` returns them all at once.
//! 2. **`build` is cheap and offline.** It opens files in the component's own directory and connects to nothing: a
//!    host that only checks its configuration builds as well. What makes running hopeless is its error to return.
//! 3. **A source never returns `Err` for what can pass.** That takes the host down. It counts, says why, backs off
//!    and goes on; below, even a checkpoint that cannot be written costs a repeat and nothing else.
//! 4. **An acknowledgement exists only after the send is complete.** A cancelled send promised nothing: the same
//!    batch is sent again, at the next start at the latest. So a send may be raced against the shutdown, and only
//!    against that; it stands inside a branch of the outer `select!`, where no tick can cancel it.
//! 5. **Several batches are in flight, and committed in order.** One at a time would tie the source to the slowest
//!    sink's batching. `OrderedFinalizer` yields in the order of sending, so the checkpoint is always a prefix.
//! 6. **A nack forgets all in flight and goes back** to what was delivered, whatever the failure is called:
//!    nothing later may be committed past a hole. It backs off longer each time and is visible, since every healthy
//!    sink gets the repeats too.
//! 7. **The sender is let go of before the last acknowledgements are awaited.** A sink that batches flushes at the
//!    end of its input; as long as a sender lives it waits for more.
//! 8. **The shutdown signal, or a token of it, is kept until those acknowledgements are in.** The host tears down
//!    what carries them once the last one is gone.
//!
//! A host with a store also says where its store stands (`SourceContext::position`) and where each batch went
//! (`Acknowledgement::position`). A source that can read again what it has delivered keeps the last position with
//! its checkpoint; at the next start another store, or a lower sequence, tells it that deliveries were lost.
//!
//! # The source
//!
#![cfg_attr(not(doctest), doc = concat!("```\n", include_str!("tutorial/ticks.rs"), "```"))]
//!
//! # Running it
//!
//! A host reads a table, configures, builds and runs. The one below is `collector::testing::TestHost` (feature
//! `test`); it stores batches and can be told to refuse them, and the ticks arrive in order all the same.
//!
//! ```
#![cfg_attr(doctest, doc = include_str!("tutorial/ticks.rs"))]
#![doc = include_str!("tutorial/run.rs")]
//! ```

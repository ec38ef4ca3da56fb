//! The `entra-signins` program, built for the tests of this crate.

fn main() -> std::process::ExitCode {
    entra_signins_host::main()
}

//! The `entra-signins` program.

fn main() -> std::process::ExitCode {
    entra_signins_host::main()
}

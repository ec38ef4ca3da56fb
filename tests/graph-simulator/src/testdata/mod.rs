//! A key and certificate for tests of certificate sign-in. The key is public, hence worthless: never register it.

/// A self-signed certificate (RSA 2048), PEM.
pub const CERTIFICATE_PEM: &str = include_str!("certificate.test.pem");
/// Its private key (PKCS #8), PEM.
pub const PRIVATE_KEY_PEM: &str = include_str!("private-key.test.pem");
/// Another key, which belongs to no certificate here.
pub const OTHER_PRIVATE_KEY_PEM: &str = include_str!("other-private-key.test.pem");

/// base64url of the SHA-256 of the certificate's DER form, as `x5t#S256` carries it; computed by `openssl`.
pub const CERTIFICATE_THUMBPRINT: &str = "pti_x_a-KiCZFFUn0UscBzw-9onxCS7GK9CwnSdEjxk";

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
use graph_simulator::testdata::{CERTIFICATE_PEM, CERTIFICATE_THUMBPRINT, PRIVATE_KEY_PEM};
use jsonwebtoken::{DecodingKey, Validation};
use pem::Pem;
use serde_json::Value;

use super::super::Proof;
use super::*;

const ENDPOINT: &str = "https://login.example/contoso/oauth2/v2.0/token";

fn certificate(certificate: &str, private_key: &str) -> Result<Proof, CredentialError> {
    Proof::certificate(certificate, &private_key.into())
}

fn signed(key: &str) -> (Header, Value) {
    let proof = certificate(CERTIFICATE_PEM, key).expect("can be used");
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let occasion = Occasion { endpoint: ENDPOINT, client_id: ClientId(Uuid::from_u128(7)), now };
    let Proof::Certificate(signer) = proof else { panic!("is a certificate") };
    let Ok(Shown::Assertion(assertion)) = signer.show(&occasion) else { panic!("is signed") };
    let mut validation = Validation::new(Algorithm::PS256);
    validation.validate_exp = false;
    validation.set_audience(&[ENDPOINT]);
    let public = DecodingKey::from_rsa_pem(CERTIFICATE_PEM.as_bytes()).expect("is a certificate");
    let token = jsonwebtoken::decode(assertion.inner(), &public, &validation).expect("is signed by the key");
    (token.header, token.claims)
}

/// The key inside a PKCS#8 container of an RSA 2048 key, which has a head of 26 bytes.
fn pkcs1() -> String {
    let container = pem::parse(PRIVATE_KEY_PEM).expect("is PEM");
    pem::encode(&Pem::new("RSA PRIVATE KEY", &container.contents()[26..]))
}

/// Scenario: an assertion by a PKCS#8 key and by the same key as PKCS#1.
/// Guarantees: header and claims as Microsoft documents them, valid for ten minutes, each with an id of its own.
#[test]
fn assertions_are_as_documented() {
    let mut ids = Vec::new();
    for key in [PRIVATE_KEY_PEM, &pkcs1()] {
        let (header, claims) = signed(key);
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::PS256, Some("JWT")));
        assert_eq!(header.x5t_s256.as_deref(), Some(CERTIFICATE_THUMBPRINT));
        let client_id = Uuid::from_u128(7).to_string();
        assert_eq!((&claims["iss"], &claims["sub"]), (&client_id.clone().into(), &client_id.into()));
        let now = 1_767_323_045;
        assert_eq!(
            (&claims["nbf"], &claims["iat"], &claims["exp"]),
            (&now.into(), &now.into(), &(now + 600).into())
        );
        ids.push(claims["jti"].as_str().and_then(|id| id.parse::<Uuid>().ok()).expect("is a GUID"));
    }
    assert_ne!(ids[0], ids[1]);
}

/// Scenario: certificates and keys that cannot be used: garbage, swapped, empty, of another algorithm.
/// Guarantees: the error says which of the two it is.
#[test]
fn what_cannot_be_used_is_refused() {
    let elliptic = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).expect("is made");
    let der = elliptic.to_pkcs8v1().expect("is written");
    let elliptic = pem::encode(&Pem::new("PRIVATE KEY", der.as_ref()));
    let broken = pem::encode(&Pem::new("PRIVATE KEY", [1, 2, 3]));
    for (name, pem, key, error) in [
        ("garbage", "garbage", PRIVATE_KEY_PEM, CredentialError::Certificate),
        ("a key for a certificate", PRIVATE_KEY_PEM, PRIVATE_KEY_PEM, CredentialError::Certificate),
        ("no key", CERTIFICATE_PEM, "", CredentialError::PrivateKey),
        ("a certificate for a key", CERTIFICATE_PEM, CERTIFICATE_PEM, CredentialError::PrivateKey),
        ("an elliptic curve", CERTIFICATE_PEM, &elliptic, CredentialError::PrivateKey),
        ("a broken key", CERTIFICATE_PEM, &broken, CredentialError::PrivateKey),
    ] {
        assert_eq!(certificate(pem, key).err(), Some(error), "{name}");
    }
}

/// Scenario: a certificate's proof is printed for debugging.
/// Guarantees: only its kind shows.
#[test]
fn debug_shows_the_kind_alone() {
    let certificate = certificate(CERTIFICATE_PEM, PRIVATE_KEY_PEM).expect("can be used");
    assert_eq!(format!("{certificate:?}"), "Certificate");
}

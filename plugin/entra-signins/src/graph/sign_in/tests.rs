//! Tests of reading a sign-in record.

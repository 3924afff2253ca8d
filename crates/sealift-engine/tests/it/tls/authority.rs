//! Certificates for tests.

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair,
    KeyUsagePurpose, RevokedCertParams, SerialNumber, date_time_ymd,
};

/// A certificate (or a chain) and its key, as PEM.
#[derive(Debug, Clone)]
pub(crate) struct Pem {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

/// Somebody who signs.
pub(crate) struct Authority {
    pub(crate) issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a certificate is to be.
pub(crate) struct Wanted {
    params: CertificateParams,
}

/// The number of the certificate that [`Authority::revoke`] takes back.
const REVOKED: u64 = 4711;

impl Wanted {
    /// For these names (or addresses), with a common name.
    pub(crate) fn named(common_name: &str, names: &[&str]) -> Self {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, common_name);
        Self { params }
    }

    /// For the host that the tests name.
    pub(crate) fn good() -> Self {
        Self::named("server", &["db.example.org"])
    }

    pub(crate) fn with_text_name(mut self, name: &str) -> Self {
        let name = rcgen::SanType::DnsName(name.try_into().unwrap());
        self.params.subject_alt_names.push(name);
        self
    }

    pub(crate) fn years(mut self, from: i32, to: i32) -> Self {
        self.params.not_before = date_time_ymd(from, 1, 1);
        self.params.not_after = date_time_ymd(to, 1, 1);
        self
    }

    pub(crate) fn for_clients(mut self) -> Self {
        self.params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self
    }

    pub(crate) fn revocable(mut self) -> Self {
        self.params.serial_number = Some(SerialNumber::from(REVOKED));
        self
    }

    pub(crate) fn authority(mut self) -> Self {
        self.params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self.params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        self
    }

    /// As `openssl req -x509` makes one for a server: its own authority, for any use.
    pub(crate) fn of_openssl(mut self) -> Self {
        self.params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        self
    }

    pub(crate) fn self_signed(self) -> Pem {
        let key = KeyPair::generate().unwrap();
        let certificate = self.params.self_signed(&key).unwrap();
        Pem { certificate: certificate.pem(), key: key.serialize_pem() }
    }
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        Self::of(Wanted::named(name, &[]).authority())
    }

    pub(crate) fn of(wanted: Wanted) -> Self {
        let key = KeyPair::generate().unwrap();
        Self { issuer: CertifiedIssuer::self_signed(wanted.params, key).unwrap() }
    }

    /// One that another authority has signed.
    pub(crate) fn below(&self, name: &str) -> Self {
        self.below_with(name, BasicConstraints::Unconstrained)
    }

    /// The same, which may sign servers and no further authorities.
    pub(crate) fn last_below(&self, name: &str) -> Self {
        self.below_with(name, BasicConstraints::Constrained(0))
    }

    fn below_with(&self, name: &str, limit: BasicConstraints) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = Wanted::named(name, &[]).authority().params;
        params.is_ca = IsCa::Ca(limit);
        Self { issuer: CertifiedIssuer::signed_by(params, key, &self.issuer).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn sign(&self, wanted: Wanted) -> Pem {
        let key = KeyPair::generate().unwrap();
        let certificate = wanted.params.signed_by(&key, &self.issuer).unwrap();
        Pem { certificate: certificate.pem(), key: key.serialize_pem() }
    }

    /// Returns a list that takes back [`Wanted::revocable`], valid between two years.
    pub(crate) fn revoke(&self, from: i32, to: i32) -> String {
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(REVOKED),
            revocation_time: date_time_ymd(from, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(from, 1, 1),
            next_update: date_time_ymd(to, 1, 1),
            crl_number: SerialNumber::from(1_u64),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&self.issuer).unwrap().pem().unwrap()
    }
}

#pragma once

#include <QByteArray>
#include <QSslCertificate>
#include <QSslKey>

namespace concierge::transport {

enum class TlsKeyStatus : quint8 { Good, NotPem, Encrypted, Unusable };

struct TlsKey
{
    TlsKeyStatus status = TlsKeyStatus::NotPem;
    QSslKey key; ///< where it is Good
};

/// A private key of a PEM text. TlsKey_openssl.cpp reads RSA, EC and Ed25519, TlsKey_qt.cpp RSA and EC.
/// Thread: any.
TlsKey readTlsKey(const QByteArray &pem);
/// Whether `pem`'s key belongs to the certificate. Without OpenSSL only the kind of key is compared; one of
/// the same kind that is another shows with the first client. Thread: any.
bool isKeyOf(const QByteArray &pem, const QSslCertificate &certificate);

} // namespace concierge::transport

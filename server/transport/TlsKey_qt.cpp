#include "transport/TlsKey.h"

namespace concierge::transport {

namespace {

QSslKey parse(const QByteArray &pem)
{
    for (const QSsl::KeyAlgorithm algorithm : {QSsl::Rsa, QSsl::Ec}) {
        QSslKey key(pem, algorithm, QSsl::Pem, QSsl::PrivateKey);
        if (!key.isNull())
            return key;
    }
    return {};
}

} // namespace

TlsKey readTlsKey(const QByteArray &pem)
{
    if (!pem.contains("PRIVATE KEY-----"))
        return {TlsKeyStatus::NotPem, {}};
    if (pem.contains("ENCRYPTED"))
        return {TlsKeyStatus::Encrypted, {}};
    QSslKey key = parse(pem);
    if (key.isNull())
        return {TlsKeyStatus::Unusable, {}};
    return {TlsKeyStatus::Good, key};
}

bool isKeyOf(const QByteArray &pem, const QSslCertificate &certificate)
{
    const QSslKey key = parse(pem);
    const QSslKey wanted = certificate.publicKey();
    return key.algorithm() == wanted.algorithm() && key.length() == wanted.length();
}

} // namespace concierge::transport

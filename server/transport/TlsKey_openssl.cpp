#include "transport/TlsKey.h"

#include "shared/OpenSslPtr.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <utility>

namespace concierge::transport {

namespace {

using Bio = OpenSslPtr<BIO, BIO_free_all>;
using Key = OpenSslPtr<EVP_PKEY, EVP_PKEY_free>;
using Certificate = OpenSslPtr<X509, X509_free>;

/// Nobody types a passphrase at a server's start; without this, OpenSSL would ask the terminal.
int noPassphrase(char *, int, int, void *)
{
    return -1;
}

Key parse(const QByteArray &pem)
{
    const Bio bio(BIO_new_mem_buf(pem.constData(), static_cast<int>(pem.size())));
    Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, noPassphrase, nullptr));
    ERR_clear_error(); // or Qt takes it for its own
    return key;
}

} // namespace

TlsKey readTlsKey(const QByteArray &pem)
{
    if (!pem.contains("PRIVATE KEY-----"))
        return {TlsKeyStatus::NotPem, {}};
    if (pem.contains("ENCRYPTED"))
        return {TlsKeyStatus::Encrypted, {}};
    Key key = parse(pem);
    if (!key)
        return {TlsKeyStatus::Unusable, {}};
    // Owned by the QSslKey from here on. Qt's own reader does not know Ed25519.
    return {TlsKeyStatus::Good, QSslKey(static_cast<Qt::HANDLE>(key.release()), QSsl::PrivateKey)};
}

bool isKeyOf(const QByteArray &pem, const QSslCertificate &certificate)
{
    const Key key = parse(pem);
    const QByteArray der = certificate.toDer();
    const auto *bytes = reinterpret_cast<const unsigned char *>(der.constData());
    const Certificate x509(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
    const bool matches = key && x509 && X509_check_private_key(x509.get(), key.get()) == 1;
    ERR_clear_error();
    return matches;
}

} // namespace concierge::transport

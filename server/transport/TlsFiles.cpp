#include "transport/TlsFiles.h"

#include "transport/TlsKey.h"

#include <QFile>
#include <QSslCertificate>
#include <QSslCipher>
#include <QSslSocket>

#include <algorithm>
#include <utility>

namespace concierge::transport {

namespace {

constexpr qint64 fileMaxBytes = 1'000'000;

const QString certificateSetting = QStringLiteral("TLS_CERT");
const QString keySetting = QStringLiteral("TLS_KEY");

TlsProblem problem(const QString &setting, const QString &file, const QString &what)
{
    return {QStringLiteral("%1: %2 %3.").arg(setting, file, what)};
}

Result<QByteArray, TlsProblem> readFile(const QString &setting, const QString &name)
{
    QFile file(name);
    if (!file.exists())
        return problem(setting, name, QStringLiteral("does not exist. It names a PEM file"));
    if (!file.open(QIODevice::ReadOnly))
        return problem(setting, name,
                       QStringLiteral("cannot be read: %1. The server's user must be able to read it")
                           .arg(file.errorString()));
    const QByteArray bytes = file.read(fileMaxBytes + 1);
    if (bytes.size() > fileMaxBytes)
        return problem(
            setting, name,
            QStringLiteral("is larger than a megabyte, and so no PEM file of certificates or keys"));
    return bytes;
}

QString wrongCertificate(const QByteArray &bytes)
{
    const QString right = QStringLiteral(
        "It takes a PEM file (-----BEGIN CERTIFICATE-----) with the server's certificate first, "
        "and behind it those that vouch for it (fullchain.pem of certbot)");
    if (bytes.contains("PRIVATE KEY-----") && !bytes.contains("BEGIN CERTIFICATE"))
        return QStringLiteral("holds a key and no certificate: are TLS_CERT and TLS_KEY exchanged? ") + right;
    return QStringLiteral("holds no certificate that can be read. ") + right;
}

QString wrongKey(TlsKeyStatus status)
{
    switch (status) {
    case TlsKeyStatus::Encrypted:
        return QStringLiteral(
            "is encrypted with a passphrase, which nobody can type at a server's start. Decrypt "
            "it (openssl pkey -in KEY -out PLAIN) and let only the server's user read it");
    case TlsKeyStatus::Unusable:
        return QStringLiteral(
            "holds a key that cannot be used: it is damaged or of an unknown kind. It takes "
            "RSA, EC or Ed25519");
    case TlsKeyStatus::NotPem:
    case TlsKeyStatus::Good:
        break;
    }
    return QStringLiteral(
        "holds no private key. It takes a PEM file (-----BEGIN PRIVATE KEY-----; privkey.pem "
        "of certbot)");
}

constexpr int leastRsaBits = 2048;

/// OpenSSL's security level 2, the one that systems and browsers set, and so nobody could connect.
bool isTooWeak(const QSslKey &key)
{
    return key.algorithm() == QSsl::Rsa && key.length() < leastRsaBits;
}

/// Those whose traffic nobody reads later who gets hold of the key: RFC 9325, 4.1.
QList<QSslCipher> forwardSecret(QList<QSslCipher> ciphers)
{
    ciphers.removeIf([](const QSslCipher &cipher) {
        const QString name = cipher.name();
        return !name.startsWith(QLatin1String("TLS_")) && !name.startsWith(QLatin1String("ECDHE-")) &&
               !name.startsWith(QLatin1String("DHE-"));
    });
    return ciphers;
}

QSslConfiguration configurationOf(const QList<QSslCertificate> &chain, const QSslKey &key)
{
    QSslConfiguration configuration;
    configuration.setLocalCertificateChain(chain);
    configuration.setPrivateKey(key);
    configuration.setProtocol(QSsl::TlsV1_2OrLater);
    configuration.setCiphers(forwardSecret(
        configuration.ciphers().isEmpty() ? QSslConfiguration::supportedCiphers() : configuration.ciphers()));
    configuration.setPeerVerifyMode(QSslSocket::VerifyNone);
    configuration.setCaCertificates({}); // none is asked of the client; loading the system's takes long
    configuration.setAllowedNextProtocols({QByteArrayLiteral("http/1.1")});
    // Qt makes a context a connection, with keys of its own: a ticket of one is void at the next.
    configuration.setSslOption(QSsl::SslOptionDisableSessionTickets, true);
    return configuration;
}

QDateTime firstExpiry(const QList<QSslCertificate> &chain)
{
    const auto first = std::min_element(chain.begin(), chain.end(), [](const auto &a, const auto &b) {
        return a.expiryDate() < b.expiryDate();
    });
    return first->expiryDate();
}

QStringList warningsOf(const TlsFiles &files, const QSslCertificate &own, const QDateTime &expires,
                       const QDateTime &now)
{
    QStringList warnings;
    if (expires <= now)
        warnings.append(problem(certificateSetting, files.certificate,
                                QStringLiteral("expired on %1: browsers refuse it. Renew the certificate")
                                    .arg(expires.toUTC().toString(Qt::ISODate)))
                            .line);
    if (own.effectiveDate() > now)
        warnings.append(problem(certificateSetting, files.certificate,
                                QStringLiteral("is not valid before %1. Look at this machine's clock")
                                    .arg(own.effectiveDate().toUTC().toString(Qt::ISODate)))
                            .line);
    if (QFile::permissions(files.key).testFlag(QFileDevice::ReadOther))
        warnings.append(problem(keySetting, files.key,
                                QStringLiteral("can be read by every user of this machine. Take that away "
                                               "(chmod o-r)"))
                            .line);
    return warnings;
}

} // namespace

std::optional<QString> whyNoTls()
{
    if (QSslSocket::supportsSsl())
        return std::nullopt;
    return QStringLiteral(
               "TLS_CERT is set, but this machine's Qt has no TLS (it has: %1; built for %2). Install Qt's "
               "TLS "
               "plugin and OpenSSL 3 (Debian: libqt6network6 and libssl3), or take TLS_CERT away and let a "
               "proxy speak https.")
        .arg(QSslSocket::availableBackends().join(QLatin1String(", ")),
             QSslSocket::sslLibraryBuildVersionString());
}

Result<TlsBytes, TlsProblem> readTlsFiles(const TlsFiles &files)
{
    auto certificate = readFile(certificateSetting, files.certificate);
    if (!certificate)
        return certificate.error();
    auto key = readFile(keySetting, files.key);
    if (!key)
        return key.error();
    return TlsBytes{std::move(certificate).value(), std::move(key).value()};
}

Result<TlsIdentity, TlsProblem> makeTlsIdentity(const TlsFiles &files, const TlsBytes &bytes,
                                                const QDateTime &now)
{
    const QList<QSslCertificate> chain = QSslCertificate::fromData(bytes.certificate, QSsl::Pem);
    const bool isWhole = bytes.certificate.count("-----BEGIN CERTIFICATE") == chain.size();
    if (chain.isEmpty() || !isWhole)
        return problem(certificateSetting, files.certificate, wrongCertificate(bytes.certificate));
    const TlsKey key = readTlsKey(bytes.key);
    if (key.status != TlsKeyStatus::Good)
        return problem(keySetting, files.key, wrongKey(key.status));
    if (!isKeyOf(bytes.key, chain.front())) {
        const bool isLater =
            std::any_of(chain.begin() + 1, chain.end(),
                        [&bytes](const QSslCertificate &each) { return isKeyOf(bytes.key, each); });
        return problem(keySetting, files.key,
                       isLater
                           ? QStringLiteral("belongs to a later certificate of %1: the server's own must "
                                            "come first there")
                                 .arg(files.certificate)
                           : QStringLiteral("is not the key of the certificate in %1. Both must come from "
                                            "the same request")
                                 .arg(files.certificate));
    }
    if (isTooWeak(chain.front().publicKey()))
        return problem(certificateSetting, files.certificate,
                       QStringLiteral("is for an RSA key of %1 bits, which browsers refuse. It takes one of "
                                      "%2 bits or more, or an EC key")
                           .arg(chain.front().publicKey().length())
                           .arg(leastRsaBits));
    const QDateTime expires = firstExpiry(chain);
    return TlsIdentity{configurationOf(chain, key.key), expires,
                       warningsOf(files, chain.front(), expires, now)};
}

} // namespace concierge::transport

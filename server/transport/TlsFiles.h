#pragma once

#include "shared/Result.h"

#include <QByteArray>
#include <QDateTime>
#include <QSslConfiguration>
#include <QString>
#include <QStringList>

#include <optional>

namespace concierge::transport {

/// The names of the files, as the settings TLS_CERT and TLS_KEY give them.
struct TlsFiles
{
    QString certificate; ///< PEM: the server's own certificate, then those that vouch for it
    QString key;         ///< PEM, not encrypted; may be the same file
};

struct TlsProblem
{
    QString line; ///< names the setting, the file, what is wrong and what would be right; no line break
};

/// What the files hold, byte for byte: tells whether they have changed.
struct TlsBytes
{
    QByteArray certificate;
    QByteArray key;

    friend bool operator==(const TlsBytes &, const TlsBytes &) = default;
};

/// A certificate with its key, ready for use: TLS 1.2 and later, no renegotiation, no compression, ALPN
/// http/1.1, nothing asked of the client.
struct TlsIdentity
{
    QSslConfiguration configuration;
    QDateTime expires;    ///< of whichever certificate of the chain ends first
    QStringList warnings; ///< lines for the operator: it works, but…
};

/// What keeps this build or this machine from TLS, as a line; nothing: it has TLS. Thread: any.
std::optional<QString> whyNoTls();

/// Limit: 1 MB a file. Thread: any.
Result<TlsBytes, TlsProblem> readTlsFiles(const TlsFiles &files);
/// Judges a pair. `now` is for the warning of an expired one. Thread: any.
Result<TlsIdentity, TlsProblem> makeTlsIdentity(const TlsFiles &files, const TlsBytes &bytes,
                                                const QDateTime &now);

} // namespace concierge::transport

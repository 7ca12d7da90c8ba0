#include "app/TlsCertificate.h"

#include <QLoggingCategory>

#include <utility>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcTls, "concierge.tls")

using metrics::Counter;
using transport::TlsBytes;
using transport::TlsFiles;
using transport::TlsIdentity;
using transport::TlsProblem;

namespace {

void tell(const TlsFiles &files, const TlsIdentity &identity)
{
    for (const QString &line : identity.warnings)
        qCWarning(lcTls).noquote() << line;
    qCInfo(lcTls).noquote() << QStringLiteral("certificate %1, valid until %2")
                                   .arg(files.certificate, identity.expires.toUTC().toString(Qt::ISODate));
}

QDateTime timeOf(const Clock &clock)
{
    return QDateTime::fromMSecsSinceEpoch(clock.wall().count(), Qt::UTC);
}

} // namespace

Result<std::unique_ptr<TlsCertificate>, TlsProblem> TlsCertificate::open(TlsFiles files, const Clock &clock,
                                                                         metrics::ThreadCounters &counters)
{
    if (files.key.isEmpty())
        return TlsProblem{QStringLiteral("TLS_KEY: is not set, but TLS_CERT is. It names the file of the "
                                         "certificate's private key (privkey.pem of certbot).")};
    if (files.certificate.isEmpty())
        return TlsProblem{QStringLiteral("TLS_CERT: is not set, but TLS_KEY is. It names the file of the "
                                         "certificate (fullchain.pem of certbot).")};
    if (const auto line = transport::whyNoTls())
        return TlsProblem{*line};
    auto bytes = transport::readTlsFiles(files);
    if (!bytes)
        return bytes.error();
    const auto identity = transport::makeTlsIdentity(files, *bytes, timeOf(clock));
    if (!identity)
        return identity.error();
    tell(files, *identity);
    return std::unique_ptr<TlsCertificate>(
        new TlsCertificate(std::move(files), std::move(bytes).value(), *identity, clock, counters));
}

TlsCertificate::TlsCertificate(TlsFiles files, TlsBytes bytes, const TlsIdentity &identity,
                               const Clock &clock, metrics::ThreadCounters &counters)
    : m_files(std::move(files))
    , m_clock(clock)
    , m_counters(counters)
    , m_bytes(std::move(bytes))
    , m_context(std::make_shared<transport::TlsContext>(identity.configuration))
    , m_expires(identity.expires.toMSecsSinceEpoch())
{
    m_timer.setInterval(interval);
    QObject::connect(&m_timer, &QTimer::timeout, this, &TlsCertificate::look);
}

void TlsCertificate::reload()
{
    m_complaint.clear(); // who asks wants to hear it again
    if (update() == Outcome::Unchanged)
        qCInfo(lcTls).noquote() << "the certificate's files have not changed:" << m_files.certificate;
}

void TlsCertificate::look()
{
    (void)update();
}

TlsCertificate::Outcome TlsCertificate::update()
{
    auto bytes = transport::readTlsFiles(m_files);
    if (!bytes) {
        refuse(bytes.error().line);
        return Outcome::Refused;
    }
    if (*bytes == m_bytes) {
        m_complaint.clear();
        return Outcome::Unchanged;
    }
    const auto identity = transport::makeTlsIdentity(m_files, *bytes, timeOf(m_clock));
    if (!identity) {
        refuse(identity.error().line);
        return Outcome::Refused;
    }
    m_bytes = std::move(bytes).value();
    m_expires = identity->expires.toMSecsSinceEpoch();
    m_context->replace(identity->configuration);
    m_complaint.clear();
    m_counters.add(Counter::TlsReloads);
    tell(m_files, *identity);
    return Outcome::Taken;
}

void TlsCertificate::refuse(const QString &line)
{
    if (std::exchange(m_complaint, line) == line)
        return;
    m_counters.add(Counter::TlsReloadFailures);
    qCWarning(lcTls).noquote() << "the certificate in use stays:" << line;
}

} // namespace concierge::app

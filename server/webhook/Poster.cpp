#include "webhook/Poster.h"

#include "webhook/Signature.h"

#include <QCryptographicHash>
#include <QLoggingCategory>
#include <QMessageAuthenticationCode>
#include <QNetworkProxy>
#include <QNetworkRequest>

#include <algorithm>
#include <utility>

namespace concierge::webhook {

Q_LOGGING_CATEGORY(lcWebhook, "concierge.webhook")

namespace {

constexpr qsizetype answerShown = 200; // bytes of what the back end says

bool isRefusal(int status)
{
    return status >= 400 && status < 500 && status != 401 && status != 407 && status != 408 &&
           status != 425 && status != 429;
}

QString oneLine(const QByteArray &text)
{
    return QString::fromUtf8(text).simplified();
}

} // namespace

Poster::Poster(PosterOptions options, store::WebhookOutbox &outbox, WebhookHealth &health, const Clock &clock)
    : m_options(std::move(options))
    , m_outbox(outbox)
    , m_health(health)
    , m_clock(clock)
    , m_reader(m_options.databasePath)
    , m_backOff(m_options.firstRetry, m_options.longestRetry)
    , m_begun(clock.monotonic() - m_options.gather)
    , m_limit(m_options.maxMessages)
{
    m_network.setProxy(QNetworkProxy::NoProxy);
    m_again.setSingleShot(true);
    QObject::connect(&m_again, &QTimer::timeout, this, [this] {
        m_isWaiting = false;
        look();
    });
    m_deadline.setSingleShot(true);
    QObject::connect(&m_deadline, &QTimer::timeout, this, [this] {
        if (m_reply)
            m_reply->abort();
    });
}

Poster::~Poster()
{
    if (m_reply)
        m_reply->disconnect(this);
}

void Poster::lookIn(Milliseconds time)
{
    m_again.start(time);
}

void Poster::look()
{
    if (m_isRestored->exchange(false))
        beginAnew();
    if (m_reply || m_isWaiting)
        return;
    if (std::exchange(m_wantsDrop, false))
        dropAside();
    if (std::exchange(m_wantsRestore, false)) {
        restoreAside();
        return;
    }
    const Milliseconds since = m_clock.monotonic() - m_begun;
    if (since < m_options.gather && m_outbox.counts()->pending() < m_options.maxMessages) {
        if (!m_again.isActive())
            lookIn(m_options.gather - since);
        return;
    }
    m_isOpen = m_isOpen || m_reader.open();
    m_batch.clear();
    if (!m_isOpen || !m_reader.readBehind(m_cursor, m_limit, m_options.maxBytes, m_batch)) {
        failed(m_reader.problem());
        return;
    }
    if (m_batch.empty()) {
        m_health.setOldest({});
        return;
    }
    m_health.setOldest(m_batch.front().entry.message->timestamp);
    post();
}

QByteArray Poster::batchId() const
{
    QMessageAuthenticationCode code(QCryptographicHash::Sha256, m_options.secret);
    for (const store::Outgoing &message : m_batch)
        code.addData(QByteArray::number(message.number) + ' ');
    constexpr qsizetype size = 16;
    return code.result().first(size).toHex();
}

QByteArray Poster::body(const QByteArray &batch) const
{
    QByteArray body = "{\"batchId\":\"" + batch + "\",\"messages\":[";
    for (const store::Outgoing &message : m_batch) {
        body += m_options.encode(message.entry);
        body += ',';
    }
    body.back() = ']';
    body += '}';
    return body;
}

void Poster::post()
{
    const QByteArray batch = batchId();
    const QByteArray text = body(batch);
    QNetworkRequest request(m_options.url);
    request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
    request.setAttribute(QNetworkRequest::CookieLoadControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::CookieSaveControlAttribute, QNetworkRequest::Manual);
    request.setAttribute(QNetworkRequest::AuthenticationReuseAttribute, QNetworkRequest::Manual);
    request.setHeader(QNetworkRequest::ContentTypeHeader, QByteArrayLiteral("application/json"));
    request.setHeader(QNetworkRequest::UserAgentHeader, m_options.userAgent);
    request.setRawHeader("Accept-Encoding", "identity"); // little of it is read, and nothing unpacked
    request.setRawHeader("X-Concierge-Batch", batch);
    request.setRawHeader("X-Concierge-Signature", signatureOf(text, m_clock.wall(), m_keys));
    m_begun = m_clock.monotonic();
    m_begunPrecisely = m_clock.precise();
    m_answer.clear();
    m_reply.reset(m_network.post(request, text));
    QObject::connect(m_reply.get(), &QNetworkReply::readyRead, this, &Poster::received);
    QObject::connect(m_reply.get(), &QNetworkReply::finished, this, &Poster::finished);
    m_deadline.start(m_options.timeout);
}

/// However much it says, little is kept.
void Poster::received()
{
    const QByteArray bytes =
        m_reply->isOpen() ? m_reply->readAll() : QByteArray(); // not one that was given up
    m_answer += bytes.first(std::min(bytes.size(), answerShown - m_answer.size()));
}

void Poster::finished()
{
    m_deadline.stop();
    received();
    const std::unique_ptr<QNetworkReply, void (*)(QNetworkReply *)> reply(
        m_reply.release(), [](QNetworkReply *done) { done->deleteLater(); });
    const bool isWhole = reply->error() != QNetworkReply::OperationCanceledError;
    const int status = isWhole ? reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() : 0;
    if (status >= 200 && status < 300) {
        taken();
    } else if (isRefusal(status)) {
        refused(status, problemOf(status));
    } else if (status >= 300) {
        const bool maySayWhen = status == 429 || status == 503;
        QString why = problemOf(status);
        if (status < 400)
            why += QStringLiteral(" and sends us elsewhere; set API_URL to where it is");
        failed(why, maySayWhen ? retryAfter(reply->rawHeader("Retry-After"), m_clock.wall()) : std::nullopt);
    } else {
        failed(isWhole ? oneLine(reply->errorString().toUtf8())
                       : QStringLiteral("no answer within %1 ms").arg(m_options.timeout.count()));
    }
    if (std::exchange(m_wantsDrop, false)) // where that failed, and nobody looks for a while
        dropAside();
    if (std::exchange(m_wantsRestore, false))
        restoreAside();
}

QString Poster::problemOf(int status) const
{
    const QString said = oneLine(m_answer);
    const QString code = QStringLiteral("it answers %1").arg(status);
    return said.isEmpty() ? code : code + QStringLiteral(": ") + said;
}

void Poster::taken()
{
    store::OutgoingCount count;
    for (const store::Outgoing &message : m_batch) {
        ++count.entries;
        count.bytes += message.bytes;
    }
    m_outbox.drop(m_batch.front().number, m_batch.back().number, count);
    m_cursor = m_batch.back().number;
    m_batch.clear();
    m_limit = std::min(m_options.maxMessages, 2 * m_limit);
    m_hasTaken = true;
    m_blamed = 0;
    m_backOff.reset();
    if (m_health.snapshot().failingSince)
        qCInfo(lcWebhook) << "API_URL takes messages again";
    m_health.posted(static_cast<quint64>(count.entries), m_clock.precise() - m_begunPrecisely);
    look();
}

/// A wrong address or a wrong back end refuses everything, one by one: after a few that is no longer a matter
/// of messages. Those codes that speak of the address count only where it was right before.
bool Poster::mayBlame(int status) const
{
    constexpr int mostInARow = 20;
    const bool isOfAddress = status == 403 || status == 404 || status == 405 || status == 410;
    return m_blamed < mostInARow && (m_hasTaken || !isOfAddress);
}

void Poster::refused(int status, const QString &why)
{
    if (m_batch.size() > 1) {
        m_limit = static_cast<int>(m_batch.size() / 2);
        m_begun -= m_options.gather;
        look();
        return;
    }
    if (!mayBlame(status)) {
        failed(why);
        return;
    }
    const store::Outgoing &message = m_batch.front();
    qCWarning(lcWebhook).noquote() << QStringLiteral("API_URL refuses message %1, which is set aside: %2")
                                          .arg(QString::fromUtf8(message.entry.message->id.utf8()), why);
    m_outbox.setAside(message, why);
    m_health.setAside();
    ++m_blamed;
    m_cursor = message.number;
    m_batch.clear();
    m_limit = std::min(m_options.maxMessages, 2 * m_limit);
    m_begun -= m_options.gather;
    look();
}

void Poster::failed(const QString &why, std::optional<Milliseconds> asked)
{
    const Milliseconds wait = m_backOff.next(asked);
    const WebhookHealth::Snapshot before = m_health.snapshot();
    if (!before.failingSince || before.problem != why)
        qCWarning(lcWebhook).noquote() << QStringLiteral("API_URL does not take messages: %1. They are kept, "
                                                         "and tried again, next in %2 ms")
                                              .arg(why)
                                              .arg(wait.count());
    m_health.failed(why, m_clock.monotonic());
    m_limit = std::max(1, static_cast<int>(m_batch.size()) / 2);
    m_batch.clear();
    m_isWaiting = true;
    lookIn(wait);
}

/// Waits no longer, and begins with the oldest.
void Poster::beginAnew()
{
    m_backOff.reset();
    m_again.stop();
    m_isWaiting = false;
    m_cursor = 0;
    m_blamed = 0;
}

/// Not while a request is under way: its messages leave by their range, which must be no others then.
void Poster::restoreAside()
{
    if (m_reply) {
        m_wantsRestore = true;
        return;
    }
    // Looks at nothing before that is written, and with it all that was posted has left.
    m_isWaiting = true;
    m_again.stop();
    m_outbox.restoreAside([isRestored = m_isRestored] { isRestored->store(true); });
}

void Poster::dropAside()
{
    if (m_reply)
        m_wantsDrop = true;
    else
        m_outbox.dropAside([] {});
}

} // namespace concierge::webhook

#pragma once

#include "store/WebhookOutbox.h"
#include "webhook/BackOff.h"
#include "webhook/WebhookHealth.h"

#include <QByteArrayList>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QObject>
#include <QTimer>
#include <QUrl>

#include <atomic>
#include <functional>
#include <memory>
#include <vector>

namespace concierge::webhook {

struct PosterOptions
{
    QUrl url;                     ///< http or https
    Milliseconds timeout{10'000}; ///< of a request, from its beginning to the end of its answer
    int maxMessages = 500;        ///< of a request
    qint64 maxBytes = 1'000'000;  ///< the same; one message alone may be larger
    Milliseconds firstRetry{1'000};
    Milliseconds longestRetry{300'000};
    Milliseconds gather{50}; ///< least time between two requests while little waits
    QByteArray secret;       ///< what ids of batches are made with
    QByteArray userAgent;
    QString databasePath;
    /// A message as a JSON object.
    std::function<QByteArray(const chat::JournalEntry &)> encode;
};

/// Posts what is in the outbox to API_URL: one request at a time, in order, so that the order of every chat
/// and of every two users is kept. At least once: what was posted when the process ended is posted again,
/// with the same ids.
///
/// 2xx: the messages leave the outbox. 4xx, but 401, 407, 408, 425 and 429: the batch is halved until the
/// message that is refused stands alone, and that one is set aside, so that the others go on. Anything else,
/// or nothing: the same again, later, in smaller requests. A back end that takes nothing at all is wrong, and
/// not the messages: then none is set aside any more, see mayBlame(). Bound: one request's messages are in
/// memory. Thread: its own, the end included.
class Poster final : public QObject
{
    Q_OBJECT

public:
    /// All of these outlive this object.
    Poster(PosterOptions options, store::WebhookOutbox &outbox, WebhookHealth &health, const Clock &clock);
    ~Poster() override;

    /// The first one and, while keys change, others too: requests are signed by each.
    void useKeys(const QByteArrayList &keys) { m_keys = keys; }
    /// Something may be there.
    void look();
    /// What was set aside is to be posted again, before all that is newer.
    void restoreAside();
    void dropAside();

private:
    void beginAnew();
    void post();
    void received();
    void finished();
    void taken();
    void refused(int status, const QString &why);
    void failed(const QString &why, std::optional<Milliseconds> asked = {});
    bool mayBlame(int status) const;
    QString problemOf(int status) const;
    QByteArray body(const QByteArray &batch) const;
    QByteArray batchId() const;
    void lookIn(Milliseconds time);

    const PosterOptions m_options;
    store::WebhookOutbox &m_outbox;
    WebhookHealth &m_health;
    const Clock &m_clock;
    store::OutboxReader m_reader;
    QNetworkAccessManager m_network;
    QByteArrayList m_keys;
    std::unique_ptr<QNetworkReply> m_reply; // of the request under way
    QTimer m_deadline;                      // of it
    QByteArray m_answer;                    // the beginning of it
    std::vector<store::Outgoing> m_batch;   // that is under way
    QTimer m_again;
    BackOff m_backOff;
    Milliseconds m_begun{}; // the last request; monotonic
    Microseconds m_begunPrecisely{};
    qint64 m_cursor = 0;     // all up to here is posted or set aside
    int m_limit;             // messages of the next request
    int m_blamed = 0;        // set aside since the last 2xx
    bool m_hasTaken = false; // the back end has, since the start
    bool m_isOpen = false;
    bool m_isWaiting = false; // after a failure
    bool m_wantsRestore = false;
    bool m_wantsDrop = false;
    const std::shared_ptr<std::atomic<bool>> m_isRestored =
        std::make_shared<std::atomic<bool>>(false); // what was set aside, on the disk: begin anew
};

} // namespace concierge::webhook

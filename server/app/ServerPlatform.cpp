#include "app/Server.h"

#include "app/WebhookMessage.h"
#include "app/WebhookState.h"
#include "store/DataFolder.h"

#include <QLoggingCategory>

/// Server, of the platform's own back end.
namespace concierge::app {

Q_DECLARE_LOGGING_CATEGORY(lcServer)

std::optional<QString> Server::openApiKeys()
{
    if (m_config.api.keys.isEmpty())
        return std::nullopt;
    m_apiKeys = std::make_unique<ApiKeyWatch>(m_config.api.keys, [this](const QByteArrayList &keys) {
        if (m_poster)
            m_poster->useKeys(keys);
    });
    return m_apiKeys->start();
}

/// The store is open, and the chat does not have it yet.
void Server::openOutbox()
{
    const store::OutgoingContent &left = m_inbox->outgoing();
    if (m_config.api.url.isEmpty()) {
        if (left.pending.entries > 0)
            qCWarning(lcServer) << "API_URL is not set, but" << left.pending.entries
                                << "messages wait for it: they are kept, and posted when it is set again";
        return;
    }
    m_outbox = std::make_unique<store::WebhookOutbox>(*m_inbox, m_config.api.outboxMaxBytes);
    webhook::PosterOptions options;
    options.url = m_config.api.url;
    options.timeout = m_config.api.timeout;
    options.secret = m_inbox->secret();
    options.userAgent = QByteArrayLiteral("Concierge/" CONCIERGE_VERSION);
    options.databasePath = store::DataFolder::databasePath(store::DataFolder::absolutePath(m_config.dataDir));
    options.encode = encodeForWebhook;
    m_poster = std::make_unique<webhook::PosterThread>(std::move(options), *m_outbox, m_clock);
    qCInfo(lcServer).noquote() << QStringLiteral("messages are posted to %1; %2 wait for it")
                                      .arg(m_config.api.url.toString(QUrl::RemoveQuery))
                                      .arg(left.pending.entries);
}

PlatformSources Server::platformSources()
{
    PlatformSources sources;
    sources.workers = reachableWorkers();
    sources.tellChat = [this](std::function<void(chat::ChatService &)> task) {
        m_chat->tell(std::move(task));
    };
    sources.acceptsEvents = [this] { return m_chat && m_chat->acceptsEvents(); };
    sources.isDraining = [this] { return m_isDraining; };
    sources.keys = [this] { return m_apiKeys ? m_apiKeys->keys() : QByteArrayList(); };
    if (!m_poster)
        return sources;
    const QString database =
        store::DataFolder::databasePath(store::DataFolder::absolutePath(m_config.dataDir));
    sources.outboxState = [this, database](std::function<void(QByteArray)> done) {
        m_poster->post([counts = m_outbox->counts(), health = m_poster->health(), database, &clock = m_clock,
                        done = std::move(done)] { done(webhookState(*counts, *health, database, clock)); });
    };
    sources.retryOutbox = [this] {
        const qint64 messages = m_outbox->counts()->setAside();
        m_poster->restoreAside();
        return messages;
    };
    sources.discardOutbox = [this] {
        const qint64 messages = m_outbox->counts()->setAside();
        m_poster->dropAside();
        return messages;
    };
    return sources;
}

} // namespace concierge::app

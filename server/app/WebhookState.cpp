#include "app/WebhookState.h"

#include "app/WebhookMessage.h"
#include "socketio/Json.h"

#include <algorithm>

namespace concierge::app {

QByteArray webhookState(const store::OutboxCounts &counts, const webhook::WebhookHealth &health,
                        const QString &databasePath, const Clock &clock)
{
    const webhook::WebhookHealth::Snapshot now = health.snapshot();
    QByteArray json = "{\"pending\":" + QByteArray::number(counts.pending()) +
                      ",\"setAside\":" + QByteArray::number(counts.setAside()) +
                      ",\"bytes\":" + QByteArray::number(counts.bytes()) +
                      ",\"maxBytes\":" + QByteArray::number(counts.maxBytes()) +
                      ",\"posted\":" + QByteArray::number(now.posted);
    if (now.oldest && counts.pending() > 0)
        json +=
            ",\"oldestMs\":" + QByteArray::number(std::max<qint64>(0, (clock.wall() - *now.oldest).count()));
    if (now.failingSince)
        json += ",\"failingMs\":" + QByteArray::number((clock.monotonic() - *now.failingSince).count()) +
                ",\"problem\":" + json::quoted(now.problem.toUtf8());
    json += ",\"messages\":[";
    store::OutboxReader reader(databasePath);
    std::vector<store::Outgoing> aside;
    if (reader.open() && reader.readAside(shownAside, aside)) {
        for (const store::Outgoing &message : aside)
            json += (message.number == aside.front().number ? "" : ",") +
                    ("{\"reason\":" + json::quoted(message.reason.toUtf8()) +
                     ",\"message\":" + encodeForWebhook(message.entry) + '}');
    }
    return json += "]}";
}

} // namespace concierge::app

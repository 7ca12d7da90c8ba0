#pragma once

#include "store/WebhookOutbox.h"
#include "webhook/WebhookHealth.h"

#include <QByteArray>
#include <QString>

namespace concierge::app {

inline constexpr int shownAside = 100; ///< messages that were set aside and are named

/// What `GET /api/outbox` answers. Thread: any; reads the database.
QByteArray webhookState(const store::OutboxCounts &counts, const webhook::WebhookHealth &health,
                        const QString &databasePath, const Clock &clock);

} // namespace concierge::app

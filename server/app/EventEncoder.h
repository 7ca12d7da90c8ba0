#pragma once

#include "chat/Outbound.h"
#include "shared/Clock.h"
#include "transport/Frame.h"

#include <QByteArray>
#include <QList>

namespace concierge::app {

/// The frames of a server event for any socket of namespace `/`: encoded once, sent to all its targets.
/// `offset`: the last argument that connection state recovery adds, a text without anything to escape; empty:
/// none. Source: the chat contract, "Server → client". Thread: any.
QList<transport::Frame> encodePush(const chat::Push &push, QByteArrayView offset = {});

/// The one argument of getMessage, a JSON object.
QByteArray encodeMessage(const chat::Message &message);

/// `{"userId":…,"status":…,"lastSeen":…}`
QByteArray encodePresence(const chat::UserPresence &presence);

/// The one argument of an acknowledgement: `{"ok":true,…}` or `{"ok":false,"error":{…}}`. Thread: any.
QByteArray encodeAck(const chat::Reply &reply);

/// The frames of `errorEvent`, for who gave no acknowledgement.
QList<transport::Frame> encodeErrorEvent(QByteArrayView event, const chat::Error &error);

/// ISO 8601, UTC, milliseconds: 2024-01-15T10:30:00.000Z. Years 0 to 9999.
QByteArray isoTimestamp(Milliseconds sinceEpoch);

} // namespace concierge::app

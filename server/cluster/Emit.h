#pragma once

#include "cluster/DecodeError.h"
#include "shared/Result.h"
#include "socketio/Packet.h"

#include <QByteArray>
#include <QList>

#include <optional>

namespace concierge::cluster {

/// An event on its way between nodes and clients: `["name",…arguments]`, valid JSON, with placeholders for
/// its attachments. What checkEvent() lets pass can be sent to clients as it is.
struct Emit
{
    QByteArray args;
    QList<QByteArray> attachments;

    friend bool operator==(const Emit &, const Emit &) = default;
};

/// Whether clients take `args` (validated JSON) for an event, and do not close their connection instead: an
/// array that begins with a number or a name that is not reserved, placeholders that name attachments.
/// Source: socket.io-parser 4.2, isPayloadValid().
std::optional<DecodeError> checkEvent(QByteArrayView args, qsizetype attachmentCount);

/// The frames of the event for any socket of `nsp`, without another parse: made once, sent to many. `ackId`:
/// of an event that asks for an acknowledgement. `offset`: the last argument that connection state recovery
/// adds, a text without anything to escape; empty: none. Thread: any.
QList<transport::Frame> toFrames(const Emit &emit, const QByteArray &nsp,
                                 std::optional<quint64> ackId = std::nullopt, QByteArrayView offset = {});

} // namespace concierge::cluster

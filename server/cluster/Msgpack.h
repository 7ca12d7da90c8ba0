#pragma once

#include "cluster/DecodeError.h"
#include "shared/Result.h"

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace concierge::cluster {

/// A value as clients get it: valid JSON, where `{"_placeholder":true,"num":N}` stands for `attachments[N]`.
/// Source: Socket.IO protocol 5, "Packet encoding". Where there are no attachments, such an object is data
/// like any other.
struct JsonValue
{
    QByteArray json = QByteArrayLiteral("null");
    QList<QByteArray> attachments;

    friend bool operator==(const JsonValue &, const JsonValue &) = default;
};

/// Of a message as a whole. A node's own limit (Redis takes 512 MB): JSON can be six times as long.
inline constexpr qsizetype messageMaxBytes = 16 * 1024 * 1024;
/// Arrays and objects within each other. Node's own decoder throws from 5,000 on.
inline constexpr int messageMaxDepth = 512;

/// Exactly one msgpack value, as JSON.stringify would write what Node reads from it: NaN and Infinity are
/// null, a date is its ISO text, or null where there is no such day; broken UTF-8 is replaced as Node does.
/// Unlike there, integers beyond 2^53 keep their digits, and both of equal keys are kept. `bin` is an
/// attachment, and so is what old versions of notepack wrote for an ArrayBuffer (extension 0); of other
/// extensions Node makes
/// `[type, binary]`. Iterative. Source: MessagePack specification; notepack.io 3.0.1. Limits:
/// messageMaxBytes, messageMaxDepth, limits::maxAttachments. Thread: any.
Result<JsonValue, DecodeError> fromMsgpack(QByteArrayView msgpack);

/// The reverse, byte for byte what notepack writes of the same value, but that numbers from 2^64 on stay
/// numbers (notepack writes their lower bits). `json` is validated. A whole number is an integer however it
/// is written; a lone surrogate is U+FFFD. Iterative. Errors: TooDeep, BadPlaceholder. Thread: any.
Result<QByteArray, DecodeError> toMsgpack(QByteArrayView json, const QList<QByteArray> &attachments = {});

} // namespace concierge::cluster

#pragma once

#include "cluster/Message.h"

/// The notation of createShardedAdapter() of @socket.io/redis-adapter 8.3, that is of socket.io-adapter's
/// ClusterAdapter: `{type, data, uid, nsp}`, JSON, or msgpack where the data holds anything binary. Thread:
/// any.
namespace concierge::cluster::sharded {

/// One message of any channel of `nsp`. Limits: fromMsgpack()'s, also for JSON.
Result<Message, DecodeError> decode(QByteArrayView nsp, QByteArrayView payload);

/// The reverse, with members in Node's order. Errors: as toMsgpack(), and UnknownType for what only the
/// classic adapter says.
Result<QByteArray, DecodeError> encode(const Message &message, QByteArrayView nsp);

} // namespace concierge::cluster::sharded

#pragma once

#include "cluster/Channels.h"
#include "cluster/Message.h"

/// The notation of @socket.io/redis-adapter 8.3 and @socket.io/redis-emitter 5.1: msgpack for what may be
/// binary (broadcasts, type 7, type 9), JSON for the rest. Thread: any.
namespace concierge::cluster::classic {

/// One message of a channel of that kind of `nsp`. What it lacks that Node does not need either is taken for
/// empty. Limits: fromMsgpack()'s, also for JSON.
Result<Message, DecodeError> decode(ChannelKind kind, QByteArrayView nsp, QByteArrayView payload);

/// The reverse, with members in the order of @socket.io/redis-adapter's. An emitter's broadcasts have `flags`
/// before `except`; nobody minds. A message without a classic notation has none: fetched sockets with binary
/// data are JSON here, whose attachments are lost (Node writes them as `{"type":"Buffer",…}`, which does not
/// become binary again either). Errors: as toMsgpack().
Result<QByteArray, DecodeError> encode(const Message &message, QByteArrayView nsp);

/// How every broadcast of that node begins, so that the own ones are passed over unread.
QByteArray broadcastPrefix(QByteArrayView uid);

} // namespace concierge::cluster::classic

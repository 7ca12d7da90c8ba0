#pragma once

#include "cluster/Message.h"
#include "shared/ByteBuilder.h"
#include "shared/Result.h"
#include "socketio/Json.h"

#include <array>
#include <optional>

/// What both adapters' notations share, field by field. All of it is on validated JSON.
namespace concierge::cluster::fields {

/// A payload as JSON: as it is where it begins with `{`, else from msgpack. Node decides so, too.
Result<MessageText, DecodeError> toText(QByteArrayView payload);

/// The values of an object's members of those names, empty where there is none; of equal names the last.
template <std::size_t count>
std::array<QByteArrayView, count> membersOf(QByteArrayView object,
                                            const std::array<QByteArrayView, count> &names);

// Nothing: it is of another type, or not there.
std::optional<QByteArray> text(QByteArrayView value);
std::optional<qint64> integer(QByteArrayView value);
/// A missing or null list is empty.
std::optional<QList<Room>> rooms(QByteArrayView value);
std::optional<BroadcastOptions> options(QByteArrayView value);

/// The packet of a broadcast: `{type, data, nsp}`, which must be for `nsp`; one that does not say is for
/// `unnamed`. Other than Node's, emitters of other makers give binary events type 5.
Result<Emit, DecodeError> packet(QByteArrayView value, const MessageText &message, QByteArrayView nsp,
                                 QByteArrayView unnamed);
/// A value of a message that may be or hold binary; null where there is none.
JsonValue value(QByteArrayView span, const MessageText &message);
Result<FetchAnswer, DecodeError> sockets(QByteArrayView array, const MessageText &message);
/// Whether binary data is in no other part than those.
bool isFreeOfBinary(QByteArrayView span, const MessageText &message);

void append(ByteBuilder &out, const Room &room);
void append(ByteBuilder &out, const QList<Room> &rooms);
/// `{"rooms":…,"except":…,"flags":…}`
void append(ByteBuilder &out, const BroadcastOptions &options, bool withFlags);
void append(ByteBuilder &out, const QList<RemoteSocket> &sockets);

} // namespace concierge::cluster::fields

template <std::size_t count>
std::array<QByteArrayView, count>
concierge::cluster::fields::membersOf(QByteArrayView object, const std::array<QByteArrayView, count> &names)
{
    std::array<QByteArrayView, count> values;
    json::MemberReader reader(object);
    for (json::Member member; reader.next(member);) {
        for (std::size_t i = 0; i < count; ++i) {
            if (member.keyIs(names[i]))
                values[i] = member.value;
        }
    }
    return values;
}

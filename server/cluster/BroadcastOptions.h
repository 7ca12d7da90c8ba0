#pragma once

#include "shared/Clock.h"

#include <QByteArray>
#include <QList>

#include <optional>

namespace concierge::cluster {

/// A room as it stands in a message. Node takes any value for one: `to(42)` and `to("42")` are two rooms
/// there, and one here. Others than texts and numbers name no room of ours, but their place is kept: without
/// it, what was for one room would be for everybody.
struct Room
{
    enum class Kind : quint8 { Text, Number, Other };

    QByteArray name; ///< UTF-8; a number's digits; of Other the JSON
    Kind kind = Kind::Text;

    friend bool operator==(const Room &, const Room &) = default;
};

/// What Socket.IO says about an event besides whom it is for. Of a flag that is not known here nothing is
/// kept.
struct EmitFlags
{
    bool isVolatile = false;             ///< may be dropped
    bool expectsOneAnswer = false;       ///< Node's `expectSingleResponse`
    std::optional<bool> compress;        ///< whether to compress it on its way to the client
    std::optional<Milliseconds> timeout; ///< for the clients' acknowledgements
    /// Flag `concierge`: whatever nodes of ours tell each other about an event, by which one that got it by
    /// another way drops it. Node reads only the flags that it knows. Empty: none.
    QByteArray marker;

    friend bool operator==(const EmitFlags &, const EmitFlags &) = default;
};

/// Which sockets something is for: those in any of `rooms` (none named: all), without those in any of
/// `except`.
struct BroadcastOptions
{
    QList<Room> rooms;
    QList<Room> except;
    EmitFlags flags;

    friend bool operator==(const BroadcastOptions &, const BroadcastOptions &) = default;
};

} // namespace concierge::cluster

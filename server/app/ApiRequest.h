#pragma once

#include "app/EventDecoder.h"
#include "chat/Publish.h"
#include "shared/Result.h"
#include "transport/Http.h"

#include <QByteArray>
#include <QList>

#include <optional>
#include <variant>

/// What the platform's back end asks of /api, read and checked. Source: resources/openapi.json. Thread: any.
namespace concierge::app::api {

inline constexpr qsizetype maxUsers = 1'000; ///< of a request

/// Why a request is refused, as it is answered: `{"error":{"code","message"}}`.
struct Error
{
    int status = 400;
    QByteArray code = "invalid_request";
    QByteArray message; ///< what was wrong and what would be right

    friend bool operator==(const Error &, const Error &) = default;
};

/// An event for live sockets alone; whom it is for: one of the three.
struct Emit
{
    QList<UserId> users;
    ChatId chat;
    SocketId socket;
    QByteArray event;
    QList<QByteArray> arguments; ///< JSON, as it came
};
/// A `getMessage`, or any other event.
using PublishRequest = std::variant<chat::Publish, Emit>;
Result<PublishRequest, Error> readPublish(QByteArrayView body, const DecodeLimits &limits);

struct DisconnectRequest
{
    UserId user; ///< or the socket
    SocketId socket;
    QByteArray reason; ///< empty: none was given
};
Result<DisconnectRequest, Error> readDisconnect(QByteArrayView body);

/// `/api/presence/{userId}`: one; `/api/presence?users=a,b`: several.
struct PresenceRequest
{
    QList<UserId> users;
    bool isOne = false;
};
Result<PresenceRequest, Error> readPresence(const transport::HttpRequest &request);

} // namespace concierge::app::api

#pragma once

#include "auth/Verifier.h"
#include "chat/Commands.h"
#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "socketio/Socket.h"
#include "transport/DeadlineWheel.h"

#include <memory>
#include <unordered_map>

namespace concierge::app {

struct SignInOptions
{
    QByteArray cookie = "token"; ///< that may carry the token; empty: none may
    bool limitsChats = false;    ///< joinChat takes what the token's `chats` names, and nothing else
};

/// Token mode of one gateway: who each socket is, by its token, and until when. A socket whose token runs out
/// hears `tokenExpired`, may present another (`authenticate`) for as long as the leeway, and then loses its
/// connection: stock clients come back by themselves, and present what their `auth` has by then. Thread: its
/// worker's.
class SignIn final
{
public:
    SignIn(SignInOptions options, std::shared_ptr<const auth::Verifier> verifier,
           transport::DeadlineWheel &deadlines, metrics::ThreadCounters &counters);
    ~SignIn();

    /// Tokens that come from now on are verified with these keys. Sockets there are stay until their tokens
    /// expire.
    void useKeys(std::shared_ptr<const auth::Verifier> verifier) { m_verifier = std::move(verifier); }

    /// Looks for a token in `auth.token`, then in the handshake's `Authorization: Bearer`, then in its
    /// cookie; the first one counts. The user, whose socket is watched from here on; or nothing, counted by
    /// its reason.
    std::optional<UserId> admit(socketio::Socket &socket, QByteArrayView auth);
    /// Whether the token allows what the socket asks for.
    std::optional<chat::Error> refusalOf(const socketio::Socket &socket, const chat::Command &command) const;
    /// The event `authenticate`: a token, or an object with one as `token`. Yields the acknowledgement.
    Result<QByteArray, chat::Error> renew(const socketio::Socket &socket, const socketio::Event &event);
    /// The socket ended.
    void forget(const socketio::Socket &socket);

private:
    class Holder;

    Result<auth::Claims, metrics::Refused> verify(const socketio::Socket &socket, QByteArrayView auth) const;
    void watch(Holder &holder);

    const SignInOptions m_options;
    std::shared_ptr<const auth::Verifier> m_verifier;
    transport::DeadlineWheel &m_deadlines;
    metrics::ThreadCounters &m_counters;
    std::unordered_map<quint64, std::unique_ptr<Holder>> m_holders; // by Socket::tag
};

} // namespace concierge::app

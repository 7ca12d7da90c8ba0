#include "app/SignIn.h"

#include "app/EventEncoder.h"
#include "socketio/Json.h"

#include <QLoggingCategory>

#include <algorithm>
#include <array>
#include <atomic>

namespace concierge::app {

Q_LOGGING_CATEGORY(lcSignIn, "concierge.signin")

using auth::TokenFault;
using auth::Verifier;
using chat::Error;
using chat::ErrorCode;
using metrics::Refused;

namespace {

/// The wall clock may be set, and a machine may sleep: it is looked at again after this long.
constexpr Milliseconds longestWait{60'000};

Refused refusedBy(TokenFault fault)
{
    switch (fault) {
    case TokenFault::Malformed:
        return Refused::TokenMalformed;
    case TokenFault::Algorithm:
        return Refused::TokenAlgorithm;
    case TokenFault::UnknownKey:
        return Refused::TokenKey;
    case TokenFault::Signature:
        return Refused::TokenSignature;
    case TokenFault::Expired:
        return Refused::TokenExpired;
    case TokenFault::NotYetValid:
        return Refused::TokenNotYetValid;
    case TokenFault::Issuer:
        return Refused::TokenIssuer;
    case TokenFault::Audience:
        return Refused::TokenAudience;
    case TokenFault::User:
        return Refused::TokenUser;
    }
    return Refused::TokenMalformed; // not reached: the switch is complete
}

/// A token in a JSON value. Nothing: there is none, as where a front end has not signed in (null, "").
struct Found
{
    bool isThere = false;
    QByteArray token; ///< empty: what is there is none
};

Found tokenIn(QByteArrayView value)
{
    if (json::typeOf(value) == json::Type::Null)
        return {};
    if (json::typeOf(value) != json::Type::String)
        return {true, {}};
    QByteArray token = json::unescape(value);
    const bool isThere = !token.isEmpty();
    return {isThere, std::move(token)};
}

/// The chat that a token has to name; null: none. A message to one user is to front ends of the chat that it
/// names. What goes to a chat itself is its members' right, with whatever token, and so is leaving it.
const ChatId *chatOf(const chat::Command &command)
{
    if (const auto *join = std::get_if<chat::JoinChat>(&command))
        return &join->chat;
    if (const auto *message = std::get_if<chat::SendMessage>(&command);
        message && !message->receiver.isEmpty())
        return &message->chat;
    if (const auto *typing = std::get_if<chat::Typing>(&command); typing && !typing->receiver.isEmpty())
        return &typing->chat;
    return nullptr;
}

Found tokenMember(QByteArrayView object)
{
    Found found;
    int count = 0;
    json::MemberReader reader(object);
    for (json::Member member; reader.next(member);) {
        if (!member.keyIs("token"))
            continue;
        found = tokenIn(member.value);
        ++count;
    }
    return count > 1 ? Found{true, {}} : found;
}

/// RFC 6750, section 2.1. Another scheme is somebody else's, a proxy's perhaps.
Found bearerOf(const transport::HttpRequest &request)
{
    constexpr QByteArrayView scheme("bearer ");
    const QByteArray header = request.header("authorization").value_or(QByteArray());
    if (QByteArrayView(header)
            .first(std::min(header.size(), scheme.size()))
            .compare(scheme, Qt::CaseInsensitive) != 0)
        return {};
    return {true, header.sliced(scheme.size()).trimmed()};
}

/// RFC 6265, section 5.4: the first of that name has the longest path.
Found cookieOf(const transport::HttpRequest &request, const QByteArray &name)
{
    const QByteArray header = request.header("cookie").value_or(QByteArray());
    for (const QByteArray &pair : header.split(';')) {
        const qsizetype equals = pair.indexOf('=');
        if (name.isEmpty() || equals < 0 || pair.first(equals).trimmed() != name)
            continue;
        QByteArray value = pair.sliced(equals + 1).trimmed();
        if (value.size() >= 2 && value.startsWith('"') && value.endsWith('"'))
            value = value.sliced(1, value.size() - 2);
        const bool isThere = !value.isEmpty(); // a cookie that was emptied: nobody is signed in
        return {isThere, std::move(value)};
    }
    return {};
}

/// For the developer of a client that has signed in before.
QByteArray describe(TokenFault fault)
{
    switch (fault) {
    case TokenFault::Expired:
        return QByteArrayLiteral("the token has expired");
    case TokenFault::NotYetValid:
        return QByteArrayLiteral("the token is not valid yet");
    default:
        return QByteArrayLiteral("the token is not one that is accepted here");
    }
}

/// Once in the process: a token for good is as dangerous as a password.
void warnOfEndlessTokens()
{
    static std::atomic<bool> isSaid{false};
    if (!isSaid.exchange(true))
        qCWarning(lcSignIn)
            << "clients present tokens without an expiry (exp): who gets hold of one can use it until"
               " its key is changed; JWT_EXPIRY=required refuses them";
}

} // namespace

/// A socket, and the token it came with.
class SignIn::Holder final : public transport::Deadline
{
public:
    Holder(SignIn &owner, socketio::Socket &socket, auth::Claims claims)
        : m_owner(owner)
        , m_socket(socket)
        , m_claims(std::move(claims))
    {}

    const auth::Claims &claims() const { return m_claims; }
    void renew(auth::Claims claims)
    {
        m_claims = std::move(claims);
        m_isTold = false;
    }

protected:
    void onDeadline() override
    {
        const Milliseconds now = m_owner.m_deadlines.clock().wall();
        if (now >= *m_claims.expires + Verifier::leeway) {
            end();
            return; // this is gone
        }
        if (now >= *m_claims.expires && !m_isTold)
            tell();
        m_owner.watch(*this);
    }

private:
    friend class SignIn;

    void tell()
    {
        m_isTold = true;
        const QByteArray times = R"({"expiredAt":")" + isoTimestamp(*m_claims.expires) + R"(","closesAt":")" +
                                 isoTimestamp(*m_claims.expires + Verifier::leeway) + R"("})";
        const std::array arguments{QByteArrayView(times)};
        m_socket.emitEvent("tokenExpired", arguments);
    }
    void end()
    {
        m_owner.m_counters.add(metrics::Counter::SocketsExpired);
        qCDebug(lcSignIn) << "token expired" << m_socket.id().utf8();
        m_socket.send(encodeErrorEvent(
            "authenticate",
            {ErrorCode::Unauthorized, QByteArrayLiteral("the token has expired: connect with a fresh one")}));
        m_socket.abandon();
    }

    SignIn &m_owner;
    socketio::Socket &m_socket;
    auth::Claims m_claims;
    bool m_isTold = false; // that it has expired
};

SignIn::SignIn(SignInOptions options, std::shared_ptr<const Verifier> verifier,
               transport::DeadlineWheel &deadlines, metrics::ThreadCounters &counters)
    : m_options(std::move(options))
    , m_verifier(std::move(verifier))
    , m_deadlines(deadlines)
    , m_counters(counters)
{}

SignIn::~SignIn() = default;

std::optional<UserId> SignIn::admit(socketio::Socket &socket, QByteArrayView auth)
{
    auto claims = verify(socket, auth);
    if (!claims) {
        m_counters.turnedAway(claims.error());
        qCDebug(lcSignIn) << "socket refused" << metrics::toString(claims.error());
        return std::nullopt;
    }
    if (!claims->expires)
        warnOfEndlessTokens();
    UserId user(claims->user);
    auto holder = std::make_unique<Holder>(*this, socket, std::move(claims).value());
    watch(*holder);
    m_holders[socket.tag] = std::move(holder);
    return user;
}

Result<auth::Claims, Refused> SignIn::verify(const socketio::Socket &socket, QByteArrayView auth) const
{
    Found found = tokenMember(auth);
    if (!found.isThere)
        found = bearerOf(socket.handshake());
    if (!found.isThere)
        found = cookieOf(socket.handshake(), m_options.cookie);
    if (!found.isThere)
        return Refused::TokenMissing;
    auto claims = m_verifier->verify(found.token, m_deadlines.clock().wall());
    if (!claims)
        return refusedBy(claims.error());
    return std::move(claims).value();
}

void SignIn::watch(Holder &holder)
{
    holder.cancel();
    if (!holder.m_claims.expires)
        return;
    const Milliseconds due =
        *holder.m_claims.expires + (holder.m_isTold ? Verifier::leeway : Milliseconds(0));
    const Milliseconds wait = due - m_deadlines.clock().wall();
    m_deadlines.arm(holder, std::clamp(wait, Milliseconds(0), longestWait));
}

std::optional<Error> SignIn::refusalOf(const socketio::Socket &socket, const chat::Command &command) const
{
    const auth::Claims &claims = m_holders.at(socket.tag)->claims();
    if (const auto *registration = std::get_if<chat::NewUser>(&command)) {
        if (registration->user.utf8() != claims.user)
            return Error{ErrorCode::Forbidden,
                         "userId must be \"" + claims.user + "\", the user of the token"};
    } else if (const auto *message = std::get_if<chat::SendMessage>(&command)) {
        if (message->senderId && message->senderId->utf8() != claims.user)
            return Error{ErrorCode::SenderMismatch, "data.senderId must be \"" + claims.user +
                                                        "\", the user of the token, or be left out"};
    }
    const ChatId *chat = m_options.limitsChats ? chatOf(command) : nullptr;
    if (chat && !chat->isEmpty() && !(claims.chats && claims.chats->contains(chat->utf8())))
        return Error{ErrorCode::Forbidden, QByteArrayLiteral("the token's chats do not name this chat")};
    return std::nullopt;
}

Result<QByteArray, Error> SignIn::renew(const socketio::Socket &socket, const socketio::Event &event)
{
    Found found;
    if (!event.arguments.empty()) {
        const QByteArrayView argument = event.arguments.front();
        found = json::typeOf(argument) == json::Type::Object ? tokenMember(argument) : tokenIn(argument);
    }
    if (!found.isThere || found.token.isEmpty())
        return Error{ErrorCode::InvalidPayload,
                     QByteArrayLiteral("the first argument must be a token, or {token}")};
    auto claims = m_verifier->verify(found.token, m_deadlines.clock().wall());
    if (!claims)
        return Error{ErrorCode::Unauthorized, describe(claims.error())};
    Holder &holder = *m_holders.at(socket.tag);
    if (claims->user != holder.claims().user)
        return Error{ErrorCode::Forbidden,
                     QByteArrayLiteral("the token is another user's; disconnect, and connect with it")};
    holder.renew(std::move(claims).value());
    watch(holder);
    QByteArray answer = R"({"ok":true,"userId":)" + json::quoted(holder.claims().user) + R"(,"expiresAt":)";
    answer += holder.claims().expires ? '"' + isoTimestamp(*holder.claims().expires) + '"'
                                      : QByteArrayLiteral("null");
    return answer + '}';
}

void SignIn::forget(const socketio::Socket &socket)
{
    m_holders.erase(socket.tag);
}

} // namespace concierge::app

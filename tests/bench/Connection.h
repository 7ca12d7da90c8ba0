#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace concierge::bench {

/// Nanoseconds of the steady clock.
std::uint64_t now();

/// What a client hears of who is online. With None it asks for an answer to its newUser, which comes behind
/// everything that waited for its user; otherwise it takes the list that has its name for one.
enum class Presence : std::uint8_t { List, Changes, None };

/// One client: a TCP socket that becomes a WebSocket, joins namespace `/`, and registers as a user if it has
/// a name. Frames are written with an all-zero mask: masked as RFC 6455 5.3 asks, at no cost here.
class Connection
{
public:
    enum class State : std::uint8_t { Connecting, Upgrading, Opening, Joining, Registering, Ready };

    class Listener
    {
    public:
        virtual ~Listener() = default;
        virtual void onReady(Connection &connection) = 0;
        /// A `getMessage`, with the number that its text carries.
        virtual void onMessage(Connection &connection, std::uint64_t number) = 0;
        /// The answer to a message that was sent with this id. Empty: it was taken.
        virtual void onAck(Connection &connection, std::uint64_t id, std::string_view error) = 0;
    };

    /// An empty `token`: none.
    Connection(int index, std::string user, std::string token, Presence presence, Listener &listener);
    ~Connection();
    Connection(const Connection &) = delete;
    Connection &operator=(const Connection &) = delete;

    /// Starts to connect. Empty: it began; else what is wrong.
    std::string open(const std::string &host, std::uint16_t port, const std::string &path);
    /// Something can be read or written. Empty: fine; else why this connection is over.
    std::string handle(bool canRead, bool canWrite);

    /// Who sendMessage() talks to. Builds the frame once.
    void setPartner(const std::string &user);
    /// Queues one message to the partner; flush() writes.
    void sendMessage();

    struct Outgoing
    {
        std::string_view receiver;
        std::uint64_t number = 0; ///< that the text begins with
        std::size_t textSize = 0; ///< at least 16
        std::optional<std::uint64_t> ackId;
        bool hasOwnId = false; ///< it carries a messageId, so that it could be sent again
    };
    /// Queues any message; flush() writes.
    void send(const Outgoing &message);
    std::string flush();

    int index() const noexcept { return m_index; }
    const std::string &user() const noexcept { return m_user; }
    int fd() const noexcept { return m_fd; }
    State state() const noexcept { return m_state; }
    bool wantsWrite() const noexcept { return m_state == State::Connecting || !m_out.empty(); }
    std::uint64_t bytesReceived() const noexcept { return m_bytesReceived; }

    static const char *name(State state);

private:
    std::string readAll();
    std::string parse();
    std::string parseUpgrade();
    std::string onText(std::string_view text);
    std::string onMessage(std::string_view text);
    std::string onAnswer(std::string_view text);
    void registerUser();
    void queueText(std::string_view text);
    void become(State state);

    const int m_index;
    const std::string m_user;
    const std::string m_token;
    const Presence m_presence;
    Listener &m_listener;
    int m_fd = -1;
    State m_state = State::Connecting;
    std::string m_request;
    std::string m_in;
    std::size_t m_inAt = 0; // parsed up to here
    std::string m_out;
    std::string m_messageFrame;
    std::size_t m_timeAt = 0; // of the 16 hex digits in m_messageFrame
    std::uint64_t m_bytesReceived = 0;
};

} // namespace concierge::bench

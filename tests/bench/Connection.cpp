#include "Connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace concierge::bench {

namespace {

constexpr int connectionsPerSource = 10'000; // well below the ports that one address has
constexpr std::size_t readSize = 65'536;
constexpr std::size_t timeDigits = 16;
constexpr std::size_t textSize = 64;

std::string systemError(const char *what)
{
    return std::string(what) + ": " + std::strerror(errno);
}

/// The head of a final, masked text frame whose mask is zero. Source: RFC 6455 5.2.
std::string frameHead(std::size_t size)
{
    std::string head{'\x81'};
    if (size < 126) {
        head += static_cast<char>(0x80 | size);
    } else {
        head += static_cast<char>(0x80 | 126);
        head += static_cast<char>(size >> 8);
        head += static_cast<char>(size & 0xff);
    }
    head.append(4, '\0');
    return head;
}

constexpr std::uint64_t registrationId = 0; // of the answer to newUser; messages begin at 1

void writeHex(char *target, std::uint64_t value)
{
    constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = timeDigits; i-- > 0; value >>= 4)
        target[i] = digits[value & 0xf];
}

} // namespace

std::uint64_t now()
{
    timespec time = {};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U +
           static_cast<std::uint64_t>(time.tv_nsec);
}

Connection::Connection(int index, std::string user, std::string token, Presence presence, Listener &listener)
    : m_index(index)
    , m_user(std::move(user))
    , m_token(std::move(token))
    , m_presence(presence)
    , m_listener(listener)
{}

Connection::~Connection()
{
    if (m_fd >= 0)
        ::close(m_fd);
}

const char *Connection::name(State state)
{
    switch (state) {
    case State::Connecting:
        return "connecting";
    case State::Upgrading:
        return "upgrading";
    case State::Opening:
        return "opening";
    case State::Joining:
        return "joining";
    case State::Registering:
        return "registering";
    case State::Ready:
        return "ready";
    }
    return "unknown";
}

std::string Connection::open(const std::string &host, std::uint16_t port, const std::string &path)
{
    m_fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (m_fd < 0)
        return systemError("socket");
    const int on = 1;
    ::setsockopt(m_fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in target = {};
    target.sin_family = AF_INET;
    target.sin_port = htons(port);
    if (::inet_pton(AF_INET, host.c_str(), &target.sin_addr) != 1)
        return "--host takes an IPv4 address";
    if ((ntohl(target.sin_addr.s_addr) >> 24) == 127) {
        // Any 127.x.y.z is ours: one source address alone has no ports for that many connections.
        ::setsockopt(m_fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        sockaddr_in source = {};
        source.sin_family = AF_INET;
        source.sin_addr.s_addr =
            htonl(0x7f000002U + static_cast<std::uint32_t>(m_index / connectionsPerSource));
        if (::bind(m_fd, reinterpret_cast<const sockaddr *>(&source), sizeof source) != 0)
            return systemError("bind");
    }
    m_request = "GET " + path + "?EIO=4&transport=websocket HTTP/1.1\r\nHost: " + host + ':' +
                std::to_string(port) +
                "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    if (::connect(m_fd, reinterpret_cast<const sockaddr *>(&target), sizeof target) != 0 &&
        errno != EINPROGRESS)
        return systemError("connect");
    return {};
}

std::string Connection::handle(bool canRead, bool canWrite)
{
    if (m_state == State::Connecting && canWrite) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(m_fd, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0)
            return std::string("connect: ") + std::strerror(error);
        m_out = std::move(m_request);
        become(State::Upgrading);
    }
    if (canRead) {
        if (auto error = readAll(); !error.empty())
            return error;
        if (auto error = parse(); !error.empty())
            return error;
    }
    return flush();
}

std::string Connection::readAll()
{
    // One buffer for all: tens of thousands of idle connections keep none of their own.
    static std::array<char, readSize> buffer;
    for (;;) {
        const ssize_t got = ::recv(m_fd, buffer.data(), buffer.size(), 0);
        if (got == 0)
            return "closed by the server";
        if (got < 0)
            return errno == EAGAIN || errno == EINTR ? std::string() : systemError("recv");
        m_in.append(buffer.data(), static_cast<std::size_t>(got));
        m_bytesReceived += static_cast<std::uint64_t>(got);
        if (static_cast<std::size_t>(got) < buffer.size())
            return {};
    }
}

std::string Connection::parseUpgrade()
{
    const std::size_t end = m_in.find("\r\n\r\n");
    if (end == std::string::npos)
        return {};
    if (m_in.compare(0, 12, "HTTP/1.1 101") != 0)
        return "no upgrade: " + m_in.substr(0, m_in.find('\r'));
    m_inAt = end + 4;
    become(State::Opening);
    return {};
}

std::string Connection::parse()
{
    if (m_state == State::Upgrading) {
        if (auto error = parseUpgrade(); !error.empty() || m_state == State::Upgrading)
            return error;
    }
    for (;;) {
        const std::size_t available = m_in.size() - m_inAt;
        if (available < 2)
            break;
        const auto *head = reinterpret_cast<const unsigned char *>(m_in.data()) + m_inAt;
        std::size_t headSize = 2;
        std::uint64_t size = head[1] & 0x7f;
        if (size >= 126) {
            const std::size_t lengthBytes = size == 126 ? 2 : 8;
            headSize += lengthBytes;
            if (available < headSize)
                break;
            size = 0;
            for (std::size_t i = 0; i < lengthBytes; ++i)
                size = size << 8 | head[2 + i];
        }
        if (available < headSize + size)
            break;
        const std::string_view payload(m_in.data() + m_inAt + headSize, size);
        m_inAt += headSize + size;
        const int opcode = head[0] & 0x0f;
        if (opcode == 8)
            return "closed by the server's WebSocket";
        if ((head[0] & 0x80) == 0)
            return "a fragmented message, which no server here sends";
        if (opcode == 1) {
            if (auto error = onText(payload); !error.empty())
                return error;
        }
    }
    m_in.erase(0, m_inAt);
    m_inAt = 0;
    if (m_in.empty() && m_in.capacity() > readSize)
        m_in.shrink_to_fit();
    return {};
}

std::string Connection::onText(std::string_view text)
{
    if (text == "2") {
        queueText("3");
    } else if (text.starts_with("42[\"getMessage\",")) {
        return onMessage(text);
    } else if (text.starts_with("43")) {
        return onAnswer(text);
    } else if (m_state == State::Opening && text.starts_with("0{")) {
        queueText(m_token.empty() ? "40" : "40{\"token\":\"" + m_token + "\"}");
        become(State::Joining);
    } else if (m_state == State::Joining && text.starts_with("40{")) {
        if (m_user.empty()) {
            become(State::Ready);
        } else {
            registerUser();
            become(State::Registering);
        }
    } else if (m_state == State::Registering && m_presence != Presence::None &&
               text.starts_with("42[\"getOnlineUsers\"")) {
        // The list of somebody else's coming may be first; who is in the list has registered.
        if (text.find('"' + m_user + '"') != std::string_view::npos)
            become(State::Ready);
    } else if (text.starts_with("44") || text.starts_with("42[\"errorEvent\"")) {
        return "refused: " + std::string(text.substr(0, 200));
    }
    return {};
}

std::string Connection::onMessage(std::string_view text)
{
    constexpr std::string_view textKey = "\"text\":\"";
    const std::size_t at = text.find(textKey);
    std::uint64_t number = 0;
    if (at == std::string_view::npos || at + textKey.size() + timeDigits > text.size())
        return "a message without our text";
    const char *digits = text.data() + at + textKey.size();
    std::from_chars(digits, digits + timeDigits, number, 16);
    m_listener.onMessage(*this, number);
    return {};
}

std::string Connection::onAnswer(std::string_view text)
{
    std::uint64_t id = 0;
    const auto [end, problem] = std::from_chars(text.data() + 2, text.data() + text.size(), id);
    const std::string_view answer(end, static_cast<std::size_t>(text.data() + text.size() - end));
    if (problem != std::errc())
        return "an answer without an id: " + std::string(text.substr(0, 200));
    const bool isTaken = answer.starts_with("[{\"ok\":true");
    if (id != registrationId)
        m_listener.onAck(*this, id, isTaken ? std::string_view() : answer);
    else if (!isTaken)
        return "refused: " + std::string(text.substr(0, 200));
    else if (m_state == State::Registering)
        become(State::Ready);
    return {};
}

void Connection::registerUser()
{
    switch (m_presence) {
    case Presence::List:
        queueText("42[\"newUser\",\"" + m_user + "\"]");
        break;
    case Presence::Changes:
        queueText("42[\"newUser\",\"" + m_user + "\",{\"presence\":\"changes\"}]");
        break;
    case Presence::None:
        queueText("42" + std::to_string(registrationId) + "[\"newUser\",\"" + m_user +
                  "\",{\"presence\":\"none\"}]");
        break;
    }
}

void Connection::setPartner(const std::string &user)
{
    const std::string begin = "42[\"sendMessage\",{\"receiverId\":\"" + user + "\",\"data\":{\"text\":\"";
    const std::string packet = begin + std::string(textSize, 'x') + "\",\"senderId\":\"" + m_user +
                               "\",\"chatId\":\"chat-" + std::to_string(m_index / 2) +
                               "\",\"timestamp\":\"2024-01-15T10:30:00.000Z\"}}]";
    const std::string head = frameHead(packet.size());
    m_timeAt = head.size() + begin.size();
    m_messageFrame = head + packet;
}

void Connection::sendMessage()
{
    writeHex(m_messageFrame.data() + m_timeAt, now());
    m_out += m_messageFrame;
}

void Connection::send(const Outgoing &message)
{
    static std::string packet; // one for all, as the buffer of readAll()
    packet = "42";
    if (message.ackId)
        packet += std::to_string(*message.ackId);
    packet += "[\"sendMessage\",{\"receiverId\":\"";
    packet += message.receiver;
    packet += "\",\"data\":{\"text\":\"";
    const std::size_t at = packet.size();
    packet.append(std::max(message.textSize, timeDigits), 'x');
    writeHex(packet.data() + at, message.number);
    packet += "\",\"senderId\":\"" + m_user + "\",\"chatId\":\"chat-";
    packet += message.receiver;
    packet += "\",\"timestamp\":\"2024-01-15T10:30:00.000Z\"";
    if (message.hasOwnId && message.ackId) // the ids of all clients of a run differ
        packet += ",\"messageId\":\"m-" + std::to_string(*message.ackId) + '"';
    packet += "}}]";
    queueText(packet);
}

void Connection::queueText(std::string_view text)
{
    m_out += frameHead(text.size());
    m_out += text;
}

std::string Connection::flush()
{
    std::size_t at = 0;
    while (at < m_out.size()) {
        const ssize_t sent = ::send(m_fd, m_out.data() + at, m_out.size() - at, MSG_NOSIGNAL);
        if (sent < 0) {
            if (errno == EINTR)
                continue;
            if (errno == EAGAIN)
                break;
            return systemError("send");
        }
        at += static_cast<std::size_t>(sent);
    }
    m_out.erase(0, at);
    return {};
}

void Connection::become(State state)
{
    m_state = state;
    if (state == State::Ready)
        m_listener.onReady(*this);
}

} // namespace concierge::bench

#include "engineio/ClosingSockets.h"

#include <algorithm>

namespace concierge::engineio {

using transport::WebSocketConnection;

class ClosingSockets::Closing final : public transport::WebSocketListener, public transport::Deadline
{
public:
    Closing(ClosingSockets &owner, std::unique_ptr<WebSocketConnection> socket)
        : m_owner(owner)
        , m_socket(std::move(socket))
    {}

    void begin()
    {
        m_owner.m_deadlines.arm(*this, m_owner.m_patience);
        m_socket->setListener(this);
        m_socket->close();
    }
    void finish() noexcept
    {
        cancel();
        m_isDone = true;
        m_owner.m_needsSweep = true;
    }
    bool isDone() const noexcept { return m_isDone; }

    void onWebSocketMessage(const transport::Frame &) override {}
    void onWebSocketClosed() override { finish(); }

protected:
    void onDeadline() override { finish(); }

private:
    ClosingSockets &m_owner;
    std::unique_ptr<WebSocketConnection> m_socket;
    bool m_isDone = false;
};

ClosingSockets::ClosingSockets(transport::DeadlineWheel &deadlines, Milliseconds patience)
    : m_deadlines(deadlines)
    , m_patience(patience)
{}

ClosingSockets::~ClosingSockets() = default;

void ClosingSockets::close(std::unique_ptr<WebSocketConnection> socket)
{
    m_sockets.push_back(std::make_unique<Closing>(*this, std::move(socket)));
    m_sockets.back()->begin();
}

void ClosingSockets::discard(std::unique_ptr<WebSocketConnection> socket)
{
    socket->setListener(nullptr);
    m_sockets.push_back(std::make_unique<Closing>(*this, std::move(socket)));
    m_sockets.back()->finish();
}

void ClosingSockets::sweep()
{
    if (!m_needsSweep)
        return;
    m_needsSweep = false;
    // Out of the list first: a WebSocket may speak up while it is destroyed.
    const auto done =
        std::partition(m_sockets.begin(), m_sockets.end(),
                       [](const std::unique_ptr<Closing> &socket) { return !socket->isDone(); });
    std::vector<std::unique_ptr<Closing>> gone(std::make_move_iterator(done),
                                               std::make_move_iterator(m_sockets.end()));
    m_sockets.erase(done, m_sockets.end());
}

} // namespace concierge::engineio

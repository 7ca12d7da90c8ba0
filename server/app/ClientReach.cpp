#include "app/ClientReach.h"

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

namespace concierge::app {

/// One worker's way through its sockets. Those that connect meanwhile are not visited.
struct ClientReach::Walk
{
    transport::IoWorker *thread = nullptr;
    std::function<ChatGateway *()> gateway;
    Visit visit;
    std::function<void()> done;
    quint64 until = 0; // tags: up to here, behind there
    quint64 after = 0;
};

ClientReach::ClientReach(std::vector<Worker> workers, AskChat askChat, MainTasks &main)
    : m_workers(std::move(workers))
    , m_askChat(std::move(askChat))
    , m_main(main)
{}

/// `done` runs on the thread of the worker that is the last.
void ClientReach::visitAll(const std::function<Visit(std::size_t)> &visitOf, std::function<void()> done)
{
    const auto remaining = std::make_shared<std::atomic<std::size_t>>(m_workers.size());
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
        auto walk = std::make_shared<Walk>();
        walk->thread = m_workers[i].thread;
        walk->gateway = m_workers[i].gateway;
        walk->visit = visitOf(i);
        walk->done = [remaining, done] {
            if (remaining->fetch_sub(1) == 1)
                done();
        };
        walk->thread->post([walk] {
            if (const ChatGateway *gateway = walk->gateway())
                walk->until = gateway->lastTag();
            step(walk);
        });
    }
}

void ClientReach::step(const std::shared_ptr<Walk> &walk)
{
    if (ChatGateway *gateway = walk->gateway()) {
        const auto visit = [&walk](socketio::Socket &socket) {
            if (socket.isConnected() && socket.tag <= walk->until)
                walk->visit(socket);
        };
        walk->after = gateway->visitBehind(walk->after, slice, visit);
        if (walk->after != 0 && walk->after < walk->until) {
            walk->thread->post([walk] { step(walk); });
            return;
        }
    }
    walk->done();
}

void ClientReach::gather(Gathered done)
{
    const auto parts = std::make_shared<std::vector<std::vector<ClientFacts>>>(m_workers.size());
    const auto visitOf = [&parts](std::size_t worker) -> Visit {
        return [parts, worker](socketio::Socket &socket) {
            (*parts)[worker].push_back({{static_cast<quint32>(worker), socket.tag},
                                        socket.id(),
                                        socket.handshake().remoteAddress,
                                        socket.isWebSocket(),
                                        socket.bytesToWrite(),
                                        {}});
        };
    };
    visitAll(visitOf, [this, parts, done = std::move(done)] {
        const auto rows = std::make_shared<std::vector<ClientFacts>>(std::move(parts->front()));
        for (std::size_t i = 1; i < parts->size(); ++i)
            std::move((*parts)[i].begin(), (*parts)[i].end(), std::back_inserter(*rows));
        ask(rows, 0, [this, rows, done] { m_main.post([rows, done] { done(std::move(*rows)); }); });
    });
}

void ClientReach::ask(const std::shared_ptr<std::vector<ClientFacts>> &rows, std::size_t from,
                      std::function<void()> done)
{
    m_askChat([this, rows, from, done = std::move(done)](const chat::ChatService &service) {
        const std::size_t end = std::min(rows->size(), from + static_cast<std::size_t>(slice));
        for (std::size_t i = from; i < end; ++i) {
            if (auto facts = service.factsOf((*rows)[i].ref))
                (*rows)[i].chat = *std::move(facts);
        }
        if (end < rows->size())
            ask(rows, end, done);
        else
            done();
    });
}

/// `done` runs on the thread of the worker that is the last, or at once where there is nothing to visit.
void ClientReach::visitThese(const std::vector<chat::SocketRef> &sockets, const Visit &visit,
                             std::function<void()> done)
{
    std::vector<std::vector<quint64>> tags(m_workers.size());
    for (const chat::SocketRef &socket : sockets)
        tags[socket.worker].push_back(socket.serial);
    const auto remaining = std::make_shared<std::atomic<std::size_t>>(m_workers.size());
    for (std::size_t i = 0; i < m_workers.size(); ++i) {
        m_workers[i].thread->post(
            [gatewayOf = m_workers[i].gateway, mine = std::move(tags[i]), visit, remaining, done] {
                if (ChatGateway *gateway = gatewayOf()) {
                    for (const quint64 tag : mine)
                        gateway->visit(tag, visit);
                }
                if (remaining->fetch_sub(1) == 1)
                    done();
            });
    }
}

void ClientReach::disconnect(const SocketId &sid, const QList<transport::Frame> &farewell,
                             std::function<void(bool)> done)
{
    const auto wasThere = std::make_shared<std::atomic<bool>>(false);
    const Visit visit = [wasThere, sid, farewell](socketio::Socket &socket) {
        if (socket.id() != sid)
            return;
        wasThere->store(true);
        if (!farewell.isEmpty())
            socket.send(farewell);
        socket.disconnect(true); // what holds on to the connection all the same would go on costing
    };
    visitAll([&visit](std::size_t) { return visit; },
             [this, wasThere, done = std::move(done)] {
                 m_main.post([wasThere, done] { done(wasThere->load()); });
             });
}

void ClientReach::disconnect(const std::vector<chat::SocketRef> &sockets,
                             const QList<transport::Frame> &farewell, std::function<void(qint64)> done)
{
    const auto count = std::make_shared<std::atomic<qint64>>(0);
    const Visit visit = [count, farewell](socketio::Socket &socket) {
        count->fetch_add(1);
        if (!farewell.isEmpty())
            socket.send(farewell);
        socket.disconnect(true);
    };
    visitThese(sockets, visit, [this, count, done = std::move(done)] {
        m_main.post([count, done] { done(count->load()); });
    });
}

void ClientReach::sendTo(const std::vector<chat::SocketRef> &sockets, const QList<transport::Frame> &frames,
                         std::function<void(qint64)> done)
{
    const auto count = std::make_shared<std::atomic<qint64>>(0);
    const Visit visit = [count, frames](socketio::Socket &socket) {
        if (socket.send(frames, true) != transport::SendStatus::Dropped)
            count->fetch_add(1);
    };
    visitThese(sockets, visit, [this, count, done = std::move(done)] {
        m_main.post([count, done] { done(count->load()); });
    });
}

void ClientReach::sendTo(const SocketId &sid, const QList<transport::Frame> &frames,
                         std::function<void(qint64)> done)
{
    const auto count = std::make_shared<std::atomic<qint64>>(0);
    const Visit visit = [count, frames, sid](socketio::Socket &socket) {
        if (socket.id() == sid && socket.send(frames, true) != transport::SendStatus::Dropped)
            count->fetch_add(1);
    };
    visitAll([&visit](std::size_t) { return visit; },
             [this, count, done = std::move(done)] { m_main.post([count, done] { done(count->load()); }); });
}

void ClientReach::sendAll(const QList<transport::Frame> &frames, std::function<void(qint64)> done)
{
    const auto count = std::make_shared<std::atomic<qint64>>(0);
    const Visit visit = [count, frames](socketio::Socket &socket) {
        if (socket.send(frames) != transport::SendStatus::Dropped)
            count->fetch_add(1);
    };
    visitAll([&visit](std::size_t) { return visit; },
             [this, count, done = std::move(done)] { m_main.post([count, done] { done(count->load()); }); });
}

} // namespace concierge::app

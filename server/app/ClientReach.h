#pragma once

#include "app/ChatGateway.h"
#include "app/ClientFacts.h"
#include "app/MainTasks.h"
#include "transport/IoWorker.h"

#include <functional>
#include <memory>
#include <vector>

namespace concierge::app {

/// Reaches every client from the main thread without making one wait: the io threads and the chat are visited
/// in slices, one a turn of their event loops, and what they have to say comes back as a task for the main
/// thread; once they have ended, nothing does. Thread: main.
class ClientReach
{
public:
    static constexpr qsizetype slice = 256; ///< sockets a turn

    /// One io thread. `gateway` is asked on it, and is nullptr once its layers are gone.
    struct Worker
    {
        transport::IoWorker *thread = nullptr;
        std::function<ChatGateway *()> gateway;
    };

    /// ChatHost::ask().
    using AskChat = std::function<void(std::function<void(const chat::ChatService &)> question)>;

    /// This object and `main` outlive the io threads and the chat's.
    ClientReach(std::vector<Worker> workers, AskChat askChat, MainTasks &main);

    using Gathered = std::function<void(std::vector<ClientFacts>)>;
    /// All connected sockets. One that is there all the while is in it once.
    void gather(Gathered done);
    /// Ends that socket for good: its client hears `farewell`, then "io server disconnect", and does not come
    /// back by itself.
    void disconnect(const SocketId &sid, const QList<transport::Frame> &farewell,
                    std::function<void(bool wasThere)> done);
    /// The same for several, by worker. Yields to how many.
    void disconnect(const std::vector<chat::SocketRef> &sockets, const QList<transport::Frame> &farewell,
                    std::function<void(qint64 count)> done);
    /// Sends `frames`, whole packets for the namespace `/`, to every socket. Yields to how many.
    void sendAll(const QList<transport::Frame> &frames, std::function<void(qint64 count)> done);
    /// To those sockets, by worker; to that one. Volatile: who does not take it now, does not get it.
    void sendTo(const std::vector<chat::SocketRef> &sockets, const QList<transport::Frame> &frames,
                std::function<void(qint64 count)> done);
    void sendTo(const SocketId &sid, const QList<transport::Frame> &frames,
                std::function<void(qint64 count)> done);

private:
    using Visit = std::function<void(socketio::Socket &)>;
    struct Walk;

    void visitThese(const std::vector<chat::SocketRef> &sockets, const Visit &visit,
                    std::function<void()> done);
    void visitAll(const std::function<Visit(std::size_t worker)> &visitOf, std::function<void()> done);
    static void step(const std::shared_ptr<Walk> &walk);
    void ask(const std::shared_ptr<std::vector<ClientFacts>> &rows, std::size_t from,
             std::function<void()> done);

    const std::vector<Worker> m_workers;
    const AskChat m_askChat;
    MainTasks &m_main;
};

} // namespace concierge::app

#pragma once

#include "app/ChatGateway.h"
#include "app/ClusterMember.h"
#include "app/Config.h"
#include "app/KeyWatch.h"
#include "engineio/Admission.h"
#include "engineio/Engine.h"
#include "engineio/Router.h"
#include "shared/TokenBucket.h"
#include "socketio/Server.h"
#include "transport/IoWorker.h"

#include <atomic>
#include <memory>

namespace concierge::app {

/// BYTE_RATE: two seconds' worth at once, and the largest message in any case.
RateLimit byteRate(const Config &config);

/// The layers of one io worker, from Engine.IO up. Built and destroyed on that worker's thread, the Router
/// excepted: the gate needs it before.
struct WorkerStack
{
    struct Layers
    {
        /// `cluster`: nullptr, this is the only server.
        Layers(const Config &config, transport::IoWorker &worker, const QByteArray &offsetSecret,
               const KeyWatch::Keys &keys, CommandSink &sink, engineio::Admission &admission,
               ClusterPost *cluster);

        /// The end of a turn: what arrived goes to the chat, what the chat said goes out, ended sessions are
        /// told of.
        void finishTurn();

        std::unique_ptr<ClusterMember> cluster; // which the sockets' ends are told to
        ChatGateway gateway;
        socketio::Server sockets;
        engineio::Engine engine;
    };

    engineio::Router router;
    std::unique_ptr<Layers> layers;
    std::atomic<bool> isClosing{false};
};

} // namespace concierge::app

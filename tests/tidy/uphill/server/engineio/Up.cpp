#include "Own.moc"
#include "engineio/Own.h"
#include "server/socketio/Packet.h"
#include "transport/Frame.h"

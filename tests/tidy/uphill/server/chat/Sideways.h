#pragma once

#include "chat/Own.h"
#include "engineio/Packet.h"
#include "shared/Low.h"

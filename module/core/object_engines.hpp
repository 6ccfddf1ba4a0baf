/* SPDX-License-Identifier: GPL-2.0 */
/* The object engines that there are, in the order of preference: a line each. */
#pragma once

#include "class_cache.hpp"
#include "engine_list.hpp"
#include "slab_cache.hpp"
#include "slob_cache.hpp"
#include "slub_cache.hpp"

namespace mini_mm {

template <SlabSource Source>
using ObjectEngines = EngineList<SlabCache<Source>, SlubCache<Source>, SlobCache<Source>, ClassCache<Source>>;

}  // namespace mini_mm

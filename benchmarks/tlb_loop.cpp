// A tagged TLB as one would write it in C++: the measure of the kernel.
//
// Exact LRU, ghosts, contexts of (hart, VMID, ASID) with an epoch that a fence by id bumps. The
// same counts come out as of simcore/hw/kernel.py, which the benchmark asserts before it times.
// Two ways of writing the same loop: `play_scalar` compares tag and epoch way by way;
// `play_avx512` is tuned by hand, for a tag that holds the epoch's context and for 8 ways.

#include <cstdint>
#include <cstring>
#include <vector>

#ifdef __AVX512F__
#include <immintrin.h>
#endif

namespace {

constexpr int kWays = 8;
constexpr int kPageBits = 34;
constexpr int kOwnerShift = 32;

// What the benchmark hands over: who runs when, what each touches, what is right.
struct World {
    int64_t harts, sets, vcpus, pages;     // geometry; pages a vCPU has
    int64_t quanta, quantum;               // quanta in all; accesses in each
    const int64_t* vcpu_of;                // [quanta] who runs; on hart (quantum % harts)
    const int64_t* fenced;                 // [quanta] vCPU whose id is fenced before, or -1
    const int64_t* stream;                 // [length] pages, read round and round
    int64_t length;
    const int64_t* start_of;               // [quanta] where in the stream the quantum starts
    const int64_t* expected;               // [vcpus][pages] ghost of a right entry
    const int64_t* values;                 // [vcpus][pages] page it translates to
    const int64_t* owner_domain;           // domain of an owner number
    int64_t* counts;                       // cross-domain, cross-vcpu, stale-mapping, hits, misses
};

inline void judge(const World& world, int64_t ghost, int64_t right) {
    const int64_t owner = ghost >> kOwnerShift, right_owner = right >> kOwnerShift;
    if (world.owner_domain[owner] != world.owner_domain[right_owner]) ++world.counts[0];
    else if (owner != right_owner) ++world.counts[1];
    else ++world.counts[2];
}

struct Entry {
    int64_t tag = -1;
    int64_t epoch = -1;
    int64_t ghost = 0;
    int64_t value = 0;
    int64_t stamp = 0;
};

}  // namespace

extern "C" int play_scalar(const World* given) {
    const World& world = *given;
    std::vector<std::vector<Entry>> tlbs(world.harts, std::vector<Entry>(world.sets * kWays));
    std::vector<std::vector<int64_t>> epochs(world.harts, std::vector<int64_t>(world.vcpus, 0));
    int64_t clock = 0;
    for (int64_t q = 0; q < world.quanta; ++q) {
        const int64_t hart = q % world.harts, vcpu = world.vcpu_of[q];
        std::vector<Entry>& tlb = tlbs[hart];
        std::vector<int64_t>& epoch_of = epochs[hart];
        if (world.fenced[q] >= 0) ++epoch_of[world.fenced[q]];
        const int64_t epoch = epoch_of[vcpu];
        const int64_t* expected = world.expected + vcpu * world.pages;
        const int64_t* values = world.values + vcpu * world.pages;
        int64_t position = world.start_of[q], hits = 0;
        for (int64_t n = 0; n < world.quantum; ++n) {
            const int64_t page = world.stream[position];
            if (++position == world.length) position = 0;
            ++clock;
            const int64_t tag = vcpu << kPageBits | page;
            Entry* set = &tlb[(page & (world.sets - 1)) * kWays];
            Entry* found = nullptr;
            for (int way = 0; way < kWays; ++way)
                if (set[way].tag == tag && set[way].epoch == epoch) {
                    found = &set[way];
                    break;
                }
            if (found) {
                ++hits;
                found->stamp = clock;
                if (found->ghost != expected[page]) judge(world, found->ghost, expected[page]);
                continue;
            }
            Entry* victim = set;
            for (int way = 0; way < kWays; ++way) {
                Entry& entry = set[way];
                if (entry.tag < 0 || epoch_of[entry.tag >> kPageBits] != entry.epoch) {
                    victim = &entry;
                    break;
                }
                if (entry.stamp < victim->stamp) victim = &entry;
            }
            *victim = Entry{tag, epoch, expected[page], values[page], clock};
        }
        world.counts[3] += hits;
        world.counts[4] += world.quantum - hits;
    }
    return 0;
}

#ifdef __AVX512F__
namespace {

// One hart's TLB, a row of 8 ways a cache line. Context numbers come from a counter: a fence
// retires the number, and the vCPU's next quantum takes a new one.
struct Rows {
    __m512i *tags, *stamps, *ghosts, *values;
    std::vector<int64_t> context_of;
    std::vector<uint8_t> live;
    explicit Rows(const World& world) : context_of(world.vcpus, -1) {
        const size_t bytes = world.sets * sizeof(__m512i);
        for (__m512i** rows : {&tags, &stamps, &ghosts, &values}) {
            *rows = static_cast<__m512i*>(_mm_malloc(bytes, 64));
            std::memset(static_cast<void*>(*rows), rows == &tags ? 0xff : 0, bytes);
        }
    }
    ~Rows() {
        for (__m512i* rows : {tags, stamps, ghosts, values}) _mm_free(rows);
    }
    Rows(const Rows&) = delete;
};

}  // namespace

extern "C" int play_avx512(const World* given) {
    const World& world = *given;
    std::vector<Rows*> tlbs;
    for (int64_t hart = 0; hart < world.harts; ++hart) tlbs.push_back(new Rows(world));
    int64_t clock = 0;
    for (int64_t q = 0; q < world.quanta; ++q) {
        const int64_t vcpu = world.vcpu_of[q];
        Rows& tlb = *tlbs[q % world.harts];
        if (world.fenced[q] >= 0 && tlb.context_of[world.fenced[q]] >= 0) {
            tlb.live[tlb.context_of[world.fenced[q]]] = 0;
            tlb.context_of[world.fenced[q]] = -1;
        }
        if (tlb.context_of[vcpu] < 0) {
            tlb.context_of[vcpu] = static_cast<int64_t>(tlb.live.size());
            tlb.live.push_back(1);
        }
        const int64_t context = tlb.context_of[vcpu] << kPageBits;
        const uint8_t* live = tlb.live.data();
        const int64_t* expected = world.expected + vcpu * world.pages;
        const int64_t* values = world.values + vcpu * world.pages;
        int64_t position = world.start_of[q], hits = 0;
        for (int64_t n = 0; n < world.quantum; ++n) {
            const int64_t page = world.stream[position];
            if (++position == world.length) position = 0;
            ++clock;
            const int64_t row = page & (world.sets - 1), tag = context | page;
            const __m512i tags = _mm512_load_si512(&tlb.tags[row]);
            const __mmask8 same = _mm512_cmpeq_epi64_mask(tags, _mm512_set1_epi64(tag));
            int64_t* stamps = reinterpret_cast<int64_t*>(&tlb.stamps[row]);
            int64_t* ghosts = reinterpret_cast<int64_t*>(&tlb.ghosts[row]);
            if (__builtin_expect(same != 0, 1)) {
                const int way = __builtin_ctz(same);
                ++hits;
                stamps[way] = clock;
                if (ghosts[way] != expected[page]) judge(world, ghosts[way], expected[page]);
                continue;
            }
            int64_t* held = reinterpret_cast<int64_t*>(&tlb.tags[row]);
            int victim = -1;
            for (int way = 0; way < kWays && victim < 0; ++way)
                if (held[way] < 0 || !live[held[way] >> kPageBits]) victim = way;
            if (victim < 0) {
                const __m512i used = _mm512_load_si512(&tlb.stamps[row]);
                const __m512i oldest = _mm512_set1_epi64(_mm512_reduce_min_epi64(used));
                victim = __builtin_ctz(_mm512_cmpeq_epi64_mask(used, oldest));
            }
            held[victim] = tag;
            stamps[victim] = clock;
            ghosts[victim] = expected[page];
            reinterpret_cast<int64_t*>(&tlb.values[row])[victim] = values[page];
        }
        world.counts[3] += hits;
        world.counts[4] += world.quantum - hits;
    }
    for (Rows* tlb : tlbs) delete tlb;
    return 0;
}
#endif

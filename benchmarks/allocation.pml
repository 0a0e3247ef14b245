/* Allocation and fences, as in benchmarks/allocation.py: the lowest free id, fenced on every hart
 * before its new owner runs. One step a transition, so that SPIN stores the states that Python does.
 */

#define VMS 4
#define HARTS 2
#define IDS 3
#define NOBODY 0
#define DEAD (VMS + 1)
#define OF_VMS(X) X(0) X(1) X(2) X(3)
#define OF_HARTS(X) X(0) X(1)

byte id[VMS];                 /* 0: none; the VM does not exist */
byte loaded[HARTS];           /* VM + 1, or NOBODY */
byte asked[HARTS];            /* the id that the hart has still to fence, or 0 */
byte tlb[HARTS * (IDS + 1)];  /* who filled the entry under an id: VM + 1, NOBODY or DEAD */
hidden byte n;

#define ENTRY(hart, number) tlb[(hart) * (IDS + 1) + (number)]
#define TAKEN(number) \
    (id[0] == (number) || id[1] == (number) || id[2] == (number) || id[3] == (number))
#define FULL (TAKEN(1) && TAKEN(2) && TAKEN(3))
#define QUIET (asked[0] == 0 && asked[1] == 0)
#define RUNS(vm) (loaded[0] == (vm) + 1 || loaded[1] == (vm) + 1)

#define CREATE(vm) \
    :: d_step { QUIET && id[vm] == 0 && !FULL -> \
        n = 1; do :: TAKEN(n) -> n++ :: else -> break od; \
        id[vm] = n; asked[0] = n; asked[1] = n; n = 0 }
#define DESTROY(vm) \
    :: d_step { QUIET && id[vm] != 0 && !RUNS(vm) -> \
        id[vm] = 0; \
        n = 0; \
        do \
        :: n < HARTS * (IDS + 1) -> if :: tlb[n] == (vm) + 1 -> tlb[n] = DEAD :: else fi; n++ \
        :: else -> break \
        od; \
        n = 0 }
#define LOAD(hart, vm) \
    :: d_step { QUIET && id[vm] != 0 && loaded[hart] == NOBODY && !RUNS(vm) -> \
        loaded[hart] = (vm) + 1 }
#define LOAD_0(vm) LOAD(0, vm)
#define LOAD_1(vm) LOAD(1, vm)
#define SERVE(hart) \
    :: d_step { asked[hart] != 0 -> ENTRY(hart, asked[hart]) = NOBODY; asked[hart] = 0 }
#define UNLOAD(hart) \
    :: d_step { loaded[hart] != NOBODY -> loaded[hart] = NOBODY }
#define TOUCH(hart) \
    :: d_step { loaded[hart] != NOBODY -> \
        n = id[loaded[hart] - 1]; \
        assert(ENTRY(hart, n) == NOBODY || ENTRY(hart, n) == loaded[hart]); \
        ENTRY(hart, n) = loaded[hart]; \
        n = 0 }

active proctype machine() {
    do
    OF_VMS(CREATE)
    OF_VMS(DESTROY)
    OF_VMS(LOAD_0)
    OF_VMS(LOAD_1)
    OF_HARTS(SERVE)
    OF_HARTS(UNLOAD)
    OF_HARTS(TOUCH)
    od
}

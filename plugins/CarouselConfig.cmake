# find_package(Carousel): the target Carousel::cell (headers) and car_add_cell().
include(${CMAKE_CURRENT_LIST_DIR}/CarouselTargets.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/CarouselCell.cmake)
